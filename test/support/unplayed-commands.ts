/** Who runs a command of the docs, if it is not the test that plays its page. */
export type UnplayedCommand =
  /** A test that does the same, and has these words in it. */
  | { heldBy: string; words: string }
  /** Nobody: the reason. It is parsed all the same. */
  | { because: string };

const streams = (words: string) => ({ heldBy: 'test/real/streams.test.ts', words });
const metrics = (words: string) => ({ heldBy: 'test/real/metrics.test.ts', words });
const quota = (words: string) => ({ heldBy: 'test/e2e/quota.test.ts', words });
const datastore = (words: string) => ({ heldBy: 'test/support/describe-on-datastores.ts', words });
const replicas = (words: string) => ({ heldBy: 'test/e2e/replicas.test.ts', words });
const ownMetrics = (words: string) => ({ heldBy: 'test/e2e/own-metrics.test.ts', words });
const measures = { because: 'It measures for minutes to hours; test/unit/bench tries its parts.' };
const hours = { because: 'It builds and runs the conformance tests of Kubernetes, for hours.' };
const needsDocker = { because: 'It needs a Docker engine.' };
const isTheTests = { because: 'It is what runs this test.' };

/**
 * The commands of the docs that are not played on their page: they need nodes that run something, a database of its own, a build, or hours. A test holds this list to the docs,
 * both ways, and what it says of tests to those.
 */
export const unplayedCommands: Readonly<Record<string, UnplayedCommand>> = {
  // README
  'npm start': { heldBy: 'test/support/k3v-process.ts', words: "'../../bin/k3v'" },
  'npm test': isTheTests,
  'kubectl logs deployment/web': streams("kubectl(['logs'"),
  'kubectl exec deployment/web -- hostname': streams("'exec'"),
  'kubectl get --raw /api/v1/namespaces/default/services/web:80/proxy/hostname': {
    heldBy: 'test/real/api-server-egress-to-pods.test.ts',
    words: "'get', '--raw', services",
  },
  'kubectl get --raw /api/v1/nodes/node1/proxy/configz': streams('configz'),
  'kubectl top pods -n shop --containers': metrics("'--containers'"),
  'kubectl top nodes': metrics("top('nodes'"),
  'kubectl get podmetrics -A': metrics("'podmetrics'"),
  'kubectl -n shop get events --field-selector reason=QuotaExceeded': quota('QuotaExceeded'),
  'psql -c "CREATE ROLE k3v LOGIN PASSWORD \'secret\'" -c "CREATE DATABASE team_a OWNER k3v"': datastore(
    'CREATE DATABASE team OWNER k3v',
  ),
  'export K3V_DATASTORE_ENDPOINT=postgres://k3v:secret@db.example:5432/team_a': datastore('K3V_DATASTORE_ENDPOINT'),
  'k3v --kubeconfig host.yaml --ca-dir ./authorities': { heldBy: 'test/e2e/ca-dir.test.ts', words: "'--ca-dir'" },
  'k3v --kubeconfig host.yaml --namespace team-a': { heldBy: 'test/e2e/datastores.test.ts', words: 'startK3v(' },
  'k3v --kubeconfig host.yaml --namespace team-a --replicas 2 --tls-san k3v.example': replicas('startReplicaSet'),
  'k3v status | grep replica': replicas("'status'"),
  'k3v uninstall --kubeconfig host.yaml --namespace team': {
    heldBy: 'test/e2e/uninstall.test.ts',
    words: "'uninstall'",
  },
  'k3v --kubeconfig host.yaml --metrics-address 127.0.0.1:9090': ownMetrics("'--metrics-address', address"),
  'curl http://127.0.0.1:9090/metrics': ownMetrics("ask('/metrics')"),
  'kubectl get --raw /metrics': ownMetrics("request('GET', '/metrics')"),
  'npm run host:up 2': { heldBy: 'test/support/describe-on-hosts.ts', words: 'startRealHost' },
  'npm start -- --kubeconfig /root/.cache/k3v/real-host/hand/kubeconfig.yaml': {
    heldBy: 'test/support/describe-on-hosts.ts',
    words: 'startRealHost',
  },
  'npm run package -- linux-x64': { because: 'It takes twenty minutes; npm run test:package tries what comes of it.' },
  './k3v-linux-x64 version': { heldBy: 'test/package/linux-x64.test.ts', words: "k3v('version')" },
  'npm run image -- --name registry.example/k3v:0.1.0': {
    heldBy: 'test/integration/packaging/image.test.ts',
    words: 'k3v',
  },
  // docs/first-hour.md
  'export PATH=$PATH:~/k3v/bin': { heldBy: 'test/e2e/first-hour.test.ts', words: "'bin/k3v'" },
  'kind create cluster --name try && kind get kubeconfig --name try > kind.yaml': needsDocker,
  'k3d cluster create try && k3d kubeconfig get try > kind.yaml': needsDocker,
  'k3v doctor --kubeconfig kind.yaml --probe-pod': {
    heldBy: 'test/real/operators.test.ts',
    words: 'docs/operators.md',
  },
  'k3v --kubeconfig kind.yaml': { heldBy: 'test/support/describe-on-hosts.ts', words: 'startKindHost' },
  "docker network inspect kind --format '{{range .IPAM.Config}}{{.Gateway}} {{end}}'": {
    heldBy: 'test/host/kind-host.ts',
    words: "'network', 'inspect', 'kind'",
  },
  'docker exec try-control-plane getent ahostsv4 host.docker.internal': needsDocker,
  'k3v --kubeconfig kind.yaml --advertise-address 172.18.0.1': needsDocker,
  // docs/sync.md
  "kubectl get pdb web -o jsonpath='{.status.expectedPods} {.status.desiredHealthy} {.status.currentHealthy} {.status.disruptionsAllowed}'":
    {
      heldBy: 'test/e2e/further-kinds.test.ts',
      words: '.status.expectedPods} {.status.desiredHealthy} {.status.currentHealthy} {.status.disruptionsAllowed',
    },
  // docs/ui.md
  'k3v ui': { heldBy: 'test/e2e/ui.test.ts', words: "'ui', '--kubeconfig'" },
  'k3v ui --port 8080': { heldBy: 'test/integration/ui/run-ui-command.test.ts', words: 'run({ port })' },
  'ssh -L 8080:127.0.0.1:8080 that-machine': { because: 'It needs another machine.' },
  // docs/conformance.md
  'npm run conformance': hours,
  'npm run conformance -- --sig cli --sig auth': hours,
  "npm run conformance -- --only virtual --again --focus 'DNS '": hours,
  'npm run conformance -- --list': hours,
  // docs/performance.md
  'npm run bench': measures,
  'npm run bench -- deployments --runs 3': measures,
  'npm run bench -- --small': measures,
  'npm run bench -- --full --write-docs': measures,
  'npm run bench -- pod-latency streams': measures,
  'npm run bench -- --help': measures,
  // docs/cert-manager.md
  'K3V_CERT_MANAGER=/tmp/cert-manager npx vitest run --project real test/real/cert-manager.test.ts': isTheTests,
  // docs/contributing.md
  'npm run check': isTheTests,
  'npx vitest run --project unit test/unit/cli': isTheTests,
  'npx vitest run --project integration test/integration/syncer/refusals.test.ts': isTheTests,
  'npx vitest run --project integration test/integration/syncer/kinds/podtemplates.test.ts': {
    because: 'The page has the reader write that test; the kinds beside it are tested in the same way.',
  },
  'npx vitest run --project unit test/unit/cli test/unit/reference test/unit/syncer test/unit/host-role-for.test.ts':
    isTheTests,
};
