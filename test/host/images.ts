import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Image, type ImageEntry, writeImageArchive } from '../../packaging/image/image-archive.ts';
import { fileExists } from '../../src/file-exists.ts';
import { flags } from '../../src/cli/flags.ts';
import type { HostPrograms } from './programs.ts';

/** Names of the images on test hosts. Nothing can be pulled on the real one: a pod that uses another image waits for ever. */
export const images = {
  pause: 'registry.k8s.io/pause:3.10.2',
  busybox: 'docker.io/library/busybox:1.35',
  /** Kubernetes' own test server: https://pkg.go.dev/k8s.io/kubernetes/test/images/agnhost. */
  agnhost: 'registry.k8s.io/e2e-test-images/agnhost:2.63.0',
  kubectl: 'registry.k8s.io/kubectl:v1.36.3',
  coredns: 'registry.k8s.io/coredns/coredns:v1.15.0',
  metricsServer: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
  /** See `modules/operator`; not to be had elsewhere. */
  operator: 'docker.io/library/operator:1.0.0',
  localPathProvisioner: 'docker.io/rancher/local-path-provisioner:v0.0.30',
} as const;

/** An image of one layer, for this machine. */
export type TestImage = Omit<Image, 'layers'> & { entries: ImageEntry[] };

export const accounts: ImageEntry[] = [
  {
    path: 'etc/passwd',
    text: 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  },
  { path: 'etc/group', text: 'root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n' },
  { path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
];
const folders: ImageEntry[] = [
  { path: 'tmp', mode: 0o1777 },
  { path: 'root', mode: 0o700 },
  ...['home', 'proc', 'sys', 'dev', 'run'].map((path) => ({ path })),
];

/** Returns the archives of the images that tests use; those made before from the same programs are taken as they are. */
export async function makeTestImages(
  programs: Pick<HostPrograms, 'agnhost' | 'kubectl' | 'metrics-server' | 'operator'>,
  folder: string,
): Promise<string[]> {
  const shell = [...accounts, ...(await shellEntries())];
  const all: TestImage[] = [
    { names: [images.busybox], command: ['/bin/sh'], entries: shell },
    {
      names: [images.agnhost],
      entrypoint: ['/agnhost'],
      command: ['pause'],
      entries: [...shell, { path: 'agnhost', file: programs.agnhost }, { path: 'uploads', mode: 0o1777 }],
    },
    {
      names: [images.kubectl],
      entrypoint: ['kubectl'],
      entries: [...shell, { path: 'usr/bin/kubectl', file: programs.kubectl }],
    },
    {
      names: [images.metricsServer],
      entrypoint: ['/metrics-server'],
      entries: [...accounts, { path: 'metrics-server', file: programs['metrics-server'] }],
    },
    {
      names: [images.operator],
      entrypoint: ['/operator'],
      entries: [...accounts, { path: 'operator', file: programs.operator }],
    },
  ];
  return await Promise.all(all.map((image) => archiveOf(image, folder)));
}

/** Returns the archives of the images that the real host itself needs. */
export async function makeSystemImages(programs: HostPrograms, folder: string): Promise<string[]> {
  const provisioner = programs['local-path-provisioner'];
  const all: TestImage[] = [
    { names: [images.pause], entrypoint: ['/pause'], entries: [{ path: 'pause', file: programs.pause }] },
    {
      names: [images.coredns, String(flags['coredns-image'].default)],
      entrypoint: ['/coredns'],
      entries: [...accounts, { path: 'coredns', file: programs.coredns }],
    },
    {
      names: [images.localPathProvisioner],
      entrypoint: ['local-path-provisioner'],
      entries: [...accounts, { path: 'usr/bin/local-path-provisioner', file: provisioner }],
    },
  ];
  return await Promise.all(all.map((image) => archiveOf(image, folder)));
}

/** Returns the archive of `image` in `folder`; one made before from the same files is taken as it is. */
export async function archiveOf({ entries, ...image }: TestImage, folder: string): Promise<string> {
  return await layeredArchive({ ...image, layers: [{ entries }] }, folder);
}

/** As `archiveOf`, of an image of several layers. */
export async function layeredArchive(image: Image, folder: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(image));
  for (const entry of image.layers.flatMap(({ entries }) => entries)) {
    if ('file' in entry) hash.update(`${(await stat(entry.file)).size} ${(await stat(entry.file)).mtimeMs}`);
  }
  const [name = ''] = image.names[0]?.split('/').at(-1)?.split(':') ?? [];
  const file = join(folder, `${name}-${hash.digest('hex').slice(0, 12)}.oci.tar`);
  if (!(await fileExists(file))) await writeImageArchive([image], file);
  return file;
}

/** Empty folders, busybox, and a link for each of its applets but those `without`. */
export async function shellEntries(without: readonly string[] = []): Promise<ImageEntry[]> {
  const busybox = await realpath((await execa('sh', ['-c', 'command -v busybox'])).stdout);
  const { stdout } = await execa(busybox, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && ![...without, 'busybox'].includes(name));
  return [
    ...folders,
    { path: 'bin/busybox', file: busybox },
    ...applets.map((applet) => ({ path: `bin/${applet}`, linkTo: '/bin/busybox' })),
  ];
}
