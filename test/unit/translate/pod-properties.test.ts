import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { toHostPod, toVirtualPod } from '../../../src/syncer/kinds/pods.ts';
import { podPatch, resizePatch } from '../../../src/syncer/kinds/pod-changes.ts';
import { metadataPatchOf } from '../../../src/syncer/host-patch.ts';
import { namesOnHost, renameReferences } from '../../../src/translate/references.ts';
import { tokenSecretKind, trustBundlesKind } from '../../../src/translate/projected-files.ts';
import { podArbitrary } from '../../support/pod-arbitrary.ts';
import { podContext } from '../../support/pod-context.ts';

/** The seed makes every run the same. */
const tenThousand = { numRuns: 10_000, seed: 5 };
const fewer = { numRuns: 500, seed: 6 };
const pods = podArbitrary('shop');

/** So that a write into it throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** What an API server keeps of an object: no field is `undefined`. */
function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

describe('any pod', { timeout: 120_000 }, () => {
  test('is translated without a throw and left as it was', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        expect(toHostPod(frozen(pod), podContext).spec?.containers).not.toHaveLength(0);
      }),
      tenThousand,
    );
  });

  test('comes out the same each time', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        expect(JSON.stringify(toHostPod(pod, podContext))).toBe(JSON.stringify(toHostPod(pod, podContext)));
      }),
      fewer,
    );
  });

  test('needs no change on the host once it is there', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        const desired = frozen(toHostPod(pod, podContext));
        const live = frozen(stored(desired));
        expect([podPatch(desired, live), metadataPatchOf(desired, live), resizePatch(pod, live)]).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      }),
      fewer,
    );
  });

  test('keeps its containers, volumes and mounts', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        const { spec } = toHostPod(pod, podContext);
        const shape = (each: Pod['spec']) => [
          [...(each?.initContainers ?? []), ...(each?.containers ?? [])].map(({ name, image, volumeMounts }) => ({
            name,
            image,
            volumeMounts,
          })),
          (each?.volumes ?? []).map(({ name }) => name),
        ];
        expect(shape(spec)).toEqual(shape(pod.spec));
      }),
      fewer,
    );
  });

  test('names nothing on the host but what is its own', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        const { translator } = podContext;
        const made = [tokenSecretKind, trustBundlesKind].map((kind) =>
          translator.hostName(kind, 'shop', pod.metadata.name),
        );
        const own = new Set([...namesOnHost(pod, translator).keys(), ...made]);
        const named = new Set<string>();
        renameReferences(toHostPod(pod, podContext), (_, name) => {
          named.add(name);
          return name;
        });
        expect([...named].filter((name) => !own.has(name))).toEqual([]);
      }),
      fewer,
    );
  });

  test('reports a status without changing either side, and reports nothing new the second time', () => {
    const status = {
      phase: 'Running',
      observedGeneration: 2,
      conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
      containerStatuses: [{ name: 'injected', image: 'i', imageID: 'i', ready: true, restartCount: 0 }],
    };
    fc.assert(
      fc.property(pods, (pod) => {
        const translated = toHostPod(pod, podContext);
        const host: Pod = frozen({ ...translated, metadata: { ...translated.metadata, generation: 2 }, status });
        const virtual: Pod = frozen({ ...pod, metadata: { ...pod.metadata, generation: 5 } });
        const first = toVirtualPod(host, virtual, podContext).status;
        const second = toVirtualPod(host, { ...virtual, status: first }, podContext).status;
        expect(second).toEqual(first);
      }),
      fewer,
    );
  });
});
