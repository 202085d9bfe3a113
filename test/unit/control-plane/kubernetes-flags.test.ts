import { describe, expect, it } from 'vitest';
import {
  apiServerArgs,
  controllerManagerArgs,
  leaderElectionFlags,
  kineArgs,
} from '../../../src/control-plane/kubernetes-flags.ts';
import type { KubernetesPki } from '../../../src/control-plane/kubernetes-pki.ts';

const stored = (name: string) => ({
  certFile: `/p/${name}.crt`,
  keyFile: `/p/${name}.key`,
  certPem: '',
  keyPem: '',
  renewed: undefined,
});
const ca = stored('ca');
const pki: KubernetesPki = {
  ca,
  clientCa: ca,
  apiServer: stored('apiserver'),
  kubeletClient: stored('kubelet-client'),
  admin: stored('admin'),
  controllerManager: stored('controller-manager'),
  frontProxyCa: stored('front-proxy-ca'),
  frontProxyClient: stored('front-proxy-client'),
  serviceAccount: { keyFile: '/p/sa.key', publicFile: '/p/sa.pub' },
};
const options = {
  listenPort: 7443,
  advertiseAddress: '10.1.2.3',
  serviceCidr: '10.96.0.0/16',
  clusterDomain: 'my.domain',
};

describe('the flags of the API server', () => {
  it('carry the port, the range and the issuer', () => {
    expect(apiServerArgs(options, pki)).toEqual(
      expect.arrayContaining([
        '--secure-port=7443',
        '--advertise-address=10.1.2.3',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--service-account-issuer=https://kubernetes.default.svc.my.domain',
        '--endpoint-reconciler-type=none',
      ]),
    );
  });

  it('turn an advertised name into the external host name, for advertise-address takes addresses only', () => {
    const args = apiServerArgs({ ...options, advertiseAddress: 'api.example' }, pki);
    expect(args).toContain('--external-hostname=api.example');
    expect(args).toContain('--advertise-address=127.0.0.1');
  });

  it('give way to further ones', () => {
    const args = apiServerArgs(options, pki, {
      'kubelet-client-key': '/q/other.key',
      'enable-aggregator-routing': true,
    });
    expect(args).toContain('--kubelet-client-key=/q/other.key');
    expect(args).not.toContain('--kubelet-client-key=/p/kubelet-client.key');
    expect(args).toContain('--enable-aggregator-routing=true');
  });

  it('show no key but the file it lies in', () => {
    expect(apiServerArgs(options, pki)).toContain('--tls-private-key-file=/p/apiserver.key');
  });
});

describe('the flags of the controller manager', () => {
  const controllers = controllerManagerArgs('/p/kubeconfig', pki).find((arg) => arg.startsWith('--controllers='));

  it.each(['node-lifecycle', 'device-taint-eviction', 'persistentvolume-binder', 'service-lb'])(
    'switch off %s',
    (name) => {
      expect(controllers).toContain(`,-${name}-controller`);
    },
  );

  it.each(['endpoints', 'endpointslice', 'ephemeral-volume', 'pod-garbage-collector', 'namespace', 'taint-eviction'])(
    'leave %s on',
    (name) => {
      expect(controllers).not.toContain(`,-${name}-controller`);
    },
  );
});

describe('the flags of controller managers that take turns', () => {
  it('let the next one begin within 15 seconds', () => {
    const args = controllerManagerArgs('/p/kubeconfig', pki, leaderElectionFlags);
    expect(args).toContain('--leader-elect=true');
    expect(args).toContain('--leader-elect-lease-duration=10s');
    expect(args).not.toContain('--leader-elect=false');
  });

  it('have quotas counted again often enough', () => {
    expect(controllerManagerArgs('/p/kubeconfig', pki)).toContain('--resource-quota-sync-period=30s');
  });
});

describe('the flags of kine', () => {
  it('name the database by a relative path, write ahead and serve no metrics', () => {
    expect(kineArgs('kine.db')).toEqual([
      '--listen-address=unix://kine.sock',
      expect.stringMatching(/^--endpoint=sqlite:\/\/kine\.db\?_journal_mode=WAL&_synchronous=NORMAL&/),
      '--metrics-bind-address=0',
      '--watch-progress-notify-interval=30s',
    ]);
  });
});

describe('an authority of users that is not that of servers', () => {
  const apart = { ...pki, clientCa: stored('client-ca') };

  it('is all that the API server takes users from', () => {
    expect(apiServerArgs(options, apart)).toContain('--client-ca-file=/p/client-ca.crt');
    expect(apiServerArgs(options, pki)).toContain('--client-ca-file=/p/ca.crt');
  });

  it('alone signs who asks for a certificate', () => {
    const args = controllerManagerArgs('/p/kubeconfig', apart);
    const signing = args.filter((flag) => flag.startsWith('--cluster-signing-') && flag.includes('-cert-file'));
    expect(signing).toEqual([
      '--cluster-signing-kube-apiserver-client-cert-file=/p/client-ca.crt',
      '--cluster-signing-kubelet-client-cert-file=/p/client-ca.crt',
    ]);
    expect(args).toContain('--root-ca-file=/p/ca.crt');
    expect(controllerManagerArgs('/p/kubeconfig', pki)).toContain('--cluster-signing-cert-file=/p/ca.crt');
  });
});
