import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kubernetesVersion } from '../../../src/control-plane/kubernetes-programs.ts';
import { moduleDirectory } from '../../../src/control-plane/module-directory.ts';
import { chooseKubernetes, kubernetesModule } from '../../../src/control-plane/kubernetes-versions.ts';
import { kubernetesMinors } from '../../../src/kubernetes-minors.ts';

describe('a version of Kubernetes', () => {
  it.each(kubernetesMinors)('%s has its modules pinned', async (minor) => {
    expect(await kubernetesVersion(minor)).toMatch(new RegExp(`^v${minor.replace('.', '\\.')}\\.\\d+$`));
    await access(join(await moduleDirectory(kubernetesModule(minor)), 'go.sum'));
  });

  it.each([
    [undefined, undefined, '1.36'],
    ['1.34', undefined, '1.34'],
    [undefined, 'v1.34.4', '1.34'],
    [undefined, 'v1.35.0', '1.36'],
    ['1.36', 'v1.34.4', '1.36'],
    ['1.36', 'v1.36.0', '1.36'],
  ] as const)('asked for %s over %s is %s', (asked, recorded, chosen) => {
    expect(chooseKubernetes({ asked, recorded, dataDir: '/data' })).toBe(chosen);
  });

  it.each([
    ['1.34', 'v1.36.3', 'leave --kubernetes-version out'],
    [undefined, 'v1.37.0', 'Use the newer k3v'],
  ] as const)('%s is refused over data of %s', (asked, recorded, hint) => {
    expect(() => chooseKubernetes({ asked, recorded, dataDir: '/data' })).toThrow(
      expect.objectContaining({
        code: 'DATA_DIR_NEWER',
        message: expect.stringContaining(`/data was last run with Kubernetes ${recorded}`),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});
