import { basename, join } from 'node:path';
import type { ConformancePrograms } from './conformance-programs.ts';
import type { ImageEntry } from '../../packaging/image/image-archive.ts';
import { type TestImage, accounts, archiveOf, images, shellEntries } from './images.ts';
import { machinePrograms } from './machine-programs.ts';

/** What Kubernetes' conformance tests ask for, by the names of k8s.io/kubernetes/test/utils/image/manifest.go. */
const e2eImages = 'registry.k8s.io/e2e-test-images';
/**
 * Programs of this machine that the agnhost image has beside agnhost, and the Debian package that has each. The shell is one of them, as
 * that of busybox may run applets of its own whatever lies on the search path.
 */
export const agnhostPrograms = {
  sh: 'dash',
  curl: 'curl',
  dig: 'bind9-dnsutils',
  nc: 'netcat-openbsd',
  bash: 'bash',
  getent: 'libc-bin',
};

const agnhostAccounts: ImageEntry[] = [
  {
    path: 'etc/passwd',
    text: 'root:x:0:0:root:/root:/bin/sh\nuser-defined-in-image:x:1000:1000::/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  },
  {
    path: 'etc/group',
    text: 'root:x:0:\nuser-defined-in-image:x:1000:\ngroup-defined-in-image:x:50000:user-defined-in-image\nnogroup:x:65534:\n',
  },
];

/**
 * Returns the archives of the images that conformance tests use, each made from what its own Dockerfile takes, with two exceptions:
 * programs of Alpine and Debian come from this machine, and `nginx` is busybox's httpd, which answers on the same port.
 */
export async function makeConformanceImages(programs: ConformancePrograms, folder: string): Promise<string[]> {
  const shell = await shellEntries();
  const names = Object.keys(agnhostPrograms);
  const withTools = [
    ...(await shellEntries(names)),
    ...(await machinePrograms(Object.fromEntries(names.map((name) => [`bin/${name}`, name])))),
  ];
  const source = (path: string) => join(programs.kubernetesSource, 'test/images', path);
  const copy = (path: string) => ({ path: basename(path), file: source(path) });
  const agnhost: ImageEntry[] = [
    ...accounts,
    ...withTools,
    ...agnhostAccounts,
    { path: 'agnhost', file: programs.agnhost },
    { path: 'agnhost-2', linkTo: 'agnhost' },
    { path: 'uploads', mode: 0o1777 },
    copy('agnhost/porter/localhost.crt'),
    copy('agnhost/porter/localhost.key'),
  ];
  const image = (name: string, parts: Omit<TestImage, 'names'>): TestImage => ({
    ...parts,
    names: [name],
    // Two images with the same content would be one to the runtime, which then reports the name of the other.
    entries: [...parts.entries, { path: 'etc/image-name', text: name }],
  });
  const onAgnhost = (name: string, more: Partial<Omit<TestImage, 'names'>> = {}) =>
    image(`${e2eImages}/${name}`, {
      entrypoint: ['/agnhost'],
      command: ['pause'],
      ...more,
      entries: [...agnhost, ...(more.entries ?? [])],
    });
  const webServer: ImageEntry[] = [{ path: 'usr/share/nginx/html/index.html', text: 'Welcome to nginx!\n' }];
  const nginx = { command: ['httpd', '-f', '-p', '80', '-h', '/usr/share/nginx/html'] };
  const picture = (name: string) => [copy(`${name}/html/${name}.jpg`), copy(`${name}/html/data.json`)];
  const onShell = [...accounts, ...shell];
  const all: TestImage[] = [
    onAgnhost('agnhost:2.55'),
    onAgnhost(basename(images.agnhost)),
    onAgnhost('nautilus:1.8', { command: ['test-webserver'], entries: picture('nautilus') }),
    onAgnhost('kitten:1.8', { command: ['test-webserver'], entries: picture('kitten') }),
    image(`${e2eImages}/busybox:1.37.0-1`, { command: ['/bin/sh'], entries: onShell }),
    image(`${e2eImages}/nonroot:1.5`, { command: ['/bin/sh'], user: '1234', entries: onShell }),
    image(`${e2eImages}/glibc-dns-testing:2.0.0`, { command: ['/bin/sh'], entries: [...accounts, ...withTools] }),
    ...['1.15-4', '1.27-0'].map((tag) =>
      image(`${e2eImages}/nginx:${tag}`, { ...nginx, entries: [...onShell, ...webServer] }),
    ),
    image(`${e2eImages}/nonewprivs:1.4`, {
      command: ['nnp'],
      entries: [...onShell, { path: 'usr/local/bin/nnp', file: programs.nonewprivs, mode: 0o6755 }],
    }),
    image(`${e2eImages}/sample-apiserver:1.29.2`, {
      entrypoint: ['/sample-apiserver'],
      entries: [...onShell, { path: 'sample-apiserver', file: programs['sample-apiserver'] }],
    }),
    image('registry.k8s.io/etcd:3.6.8-0', {
      entries: [...onShell, { path: 'usr/local/bin/etcd', file: programs.etcd }],
    }),
  ];
  const archives: string[] = [];
  for (const each of all) archives.push(await archiveOf(each, folder));
  return archives;
}
