import { type KubeObject, type Pod, type Resource, resources } from '../../../src/kube/types.ts';
import { marks } from '../../../src/translate/translator.ts';
import { alternate, mediansOf } from '../alternate.ts';
import { type BenchCluster, type Side, withBenchCluster } from '../bench-cluster.ts';
import { benchConfigMap, benchPod, benchSecret } from '../bench-objects.ts';
import { type Bench, type Figure, fewRuns } from '../figure.ts';
import { follow } from '../follow.ts';
import { listsDuring } from '../lists-during.ts';
import { many } from '../many.ts';
import { median } from '../statistics.ts';

const port = 28_029;
/** Of each kind; twice so many objects in all. Two sizes, so that it can be seen whether the time grows as they do. */
const objects = { small: [20, 40], default: [250, 500], full: [2_500, 5_000] } as const;
const mostRuns = 2;
/** Of each kind in one pod. */
const perPod = 20;
const atOnce = 10;
const reach = { lists: 0, growth: 1.2 };

interface Run {
  seconds: number;
  lists: number;
}

/** How long secrets and config maps take to the host once pods refer to them. */
export const references: Figure = {
  name: 'references',
  describe: 'secrets and config maps that pods refer to: all are on the host',
  host: 'embedded',
  async measure(bench) {
    const [few, most] = objects[bench.size];
    return await withBenchCluster(bench, { port, pods: most / perPod }, async (cluster) => {
      const runs = fewRuns(bench, mostRuns);
      const measured = async (count: number) =>
        await alternate(runs, {
          virtual: async () => await virtualRun(cluster, count, bench),
          direct: async () => await directRun(cluster, count, bench),
        });
      const small = await measured(few);
      const large = await measured(most);
      const secondsOf = ({ virtual }: { virtual: Run[] }) => virtual.map(({ seconds }) => seconds);
      const note = mediansOf({ virtual: secondsOf(large), direct: large.direct });
      return [
        {
          title: `${2 * most} secrets and config maps: pods made → all on the host`,
          unit: 's',
          samples: secondsOf(large),
          note: `${note} (made there one by one)`,
        },
        {
          title: `time for each, ${2 * most} ÷ ${2 * few}`,
          unit: '×',
          samples: secondsOf(large).map((each) => (each * few) / (median(secondsOf(small)) * most)),
          reach: reach.growth,
        },
        {
          title: 'lists of secrets, config maps and pods meanwhile, both sides',
          unit: '',
          samples: large.virtual.map(({ lists }) => lists),
          reach: reach.lists,
        },
      ];
    });
  },
};

async function virtualRun(cluster: BenchCluster, count: number, { signal }: Bench): Promise<Run> {
  const { virtualSide, host, translator } = cluster;
  const { client, namespace } = virtualSide;
  await createBoth(virtualSide, count);
  const options = { namespace: translator.hostNamespace, labelSelector: translator.managedSelector };
  const isSo = ({ metadata }: KubeObject) => metadata.annotations?.[marks.ownerName]?.startsWith('referred-') ?? false;
  const followed = await Promise.all(
    kinds.map(async ({ resource }) => await follow({ client: host, resource, options, isSo, signal })),
  );
  const pods = count / perPod;
  const lists = { resource: resources.pods, namespace };
  try {
    let seconds = 0;
    const listed = await listsDuring([client, host], ['secrets', 'configmaps', 'pods'], async () => {
      const began = performance.now();
      await many(pods, atOnce, async (index) => {
        await client.create<Pod>(resources.pods, referringPod(namespace, index));
      });
      await Promise.all(followed.map(async (each) => await each.until(({ so }) => so === count)));
      seconds = (performance.now() - began) / 1000;
    });
    await many(pods, atOnce, async (index) => await client.delete({ ...lists, name: `refers-${index}` }));
    // What nobody refers to any more goes from the host.
    await Promise.all(followed.map(async (each) => await each.until(({ so }) => so === 0)));
    await deleteBoth(virtualSide, count);
    return { seconds, lists: listed };
  } finally {
    await Promise.all(followed.map(async (each) => await each.end()));
  }
}

/** Seconds until as many objects are made on the host. */
async function directRun({ directSide }: BenchCluster, count: number, { signal }: Bench): Promise<number> {
  const { client, namespace } = directSide;
  const isSo = ({ metadata }: KubeObject) => metadata.name.startsWith('referred-');
  const followed = await Promise.all(
    kinds.map(async ({ resource }) => await follow({ client, resource, options: { namespace }, isSo, signal })),
  );
  try {
    const began = performance.now();
    await createBoth(directSide, count);
    await Promise.all(followed.map(async (each) => await each.until(({ so }) => so === count)));
    return (performance.now() - began) / 1000;
  } finally {
    await Promise.all(followed.map(async (each) => await each.end()));
    await deleteBoth(directSide, count);
  }
}

const kinds: { resource: Resource; make: (namespace: string, name: string) => KubeObject }[] = [
  { resource: resources.secrets, make: benchSecret },
  { resource: resources.configMaps, make: benchConfigMap },
];

async function createBoth({ client, namespace }: Side, count: number): Promise<void> {
  await many(count, atOnce, async (index) => {
    for (const { resource, make } of kinds) await client.create(resource, make(namespace, nameOf(index)));
  });
}

async function deleteBoth({ client, namespace }: Side, count: number): Promise<void> {
  await many(count, atOnce, async (index) => {
    for (const { resource } of kinds) await client.delete({ resource, namespace, name: nameOf(index) });
  });
}

/** Refers to `perPod` secrets and as many config maps, which no other pod does. It has no tokens: only what it refers to is counted. */
function referringPod(namespace: string, index: number): Pod {
  const names = Array.from({ length: perPod }, (_, each) => nameOf(index * perPod + each));
  const sources = names.flatMap((name) => [
    { secret: { name, items: [{ key: 'key', path: `secrets/${name}` }] } },
    { configMap: { name, items: [{ key: 'key', path: `settings/${name}` }] } },
  ]);
  const volumes = [{ name: 'all', projected: { sources } }];
  return benchPod(namespace, `refers-${index}`, { automountServiceAccountToken: false, volumes });
}

function nameOf(index: number): string {
  return `referred-${index}`;
}
