import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeVersion } from '../../../packaging/binary/targets.ts';
import { readLock } from '../../../packaging/release/npm-packages.ts';
import { type Component, billOfMaterials, goComponents } from '../../../packaging/release/sbom.ts';
import { goProjects, requiredVersion } from '../../licences/go-projects.ts';

const root = join(import.meta.dirname, '../../..');

describe('the bill of materials of a release', () => {
  let text: string;
  let bom: { bomFormat: string; metadata: { component: Component }; components: Component[] };
  beforeAll(async () => {
    text = await billOfMaterials(root);
    bom = JSON.parse(text);
  }, 900_000);

  it('is CycloneDX of k3v, with each component once', () => {
    expect(bom).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'k3v', type: 'application' } },
    });
    const refs = bom.components.map((component) => component['bom-ref']);
    expect(new Set(refs).size).toBe(refs.length);
    expect(bom.components.filter(({ version, purl }) => !version || !purl)).toEqual([]);
  });

  it('has all npm packages that k3v runs with, and none for development', () => {
    const listed = bom.components.filter(({ purl }) => purl.startsWith('pkg:npm/'));
    const wanted = readLock(root).filter(({ isDev }) => !isDev);
    expect(listed.map(({ name, version }) => `${name} ${version}`)).toEqual(
      wanted.map(({ name, version }) => `${name} ${version}`),
    );
    expect(listed.map(({ name }) => name)).not.toContain('vitest');
  });

  it('has Node, and the Go projects with all that is built into their programs', () => {
    const versionOf = (name: string) => bom.components.find((component) => component.name === name)?.version;
    expect(versionOf('node')).toBe(nodeVersion);
    for (const { module, pinnedIn } of goProjects.filter((project) => !project.name.includes('1.34'))) {
      const goMod = readFileSync(join(root, pinnedIn, 'go.mod'), 'utf8');
      expect(`${module} ${versionOf(module)}`).toBe(`${module} ${requiredVersion(goMod, module)}`);
    }
    // Of the SQLite that is built in without cgo, and of the API server.
    expect(versionOf('modernc.org/sqlite')).toMatch(/^v1\./);
    expect(versionOf('go.etcd.io/etcd/client/v3')).toMatch(/^v3\./);
    expect(bom.components.map(({ name }) => name)).not.toContain('k3v.io/distro/kine');
  });
});

describe('the modules that go lists', () => {
  it('are components, each once, without the standard library', () => {
    const listed = [
      '',
      'example.com/b v1.2.0',
      'k3v.io/distro/kine ',
      'example.com/a v0.1.0',
      'example.com/b v1.2.0',
      '',
    ].join('\n');
    expect(goComponents(listed).map(({ purl }) => purl)).toEqual([
      'pkg:golang/example.com/a@v0.1.0',
      'pkg:golang/example.com/b@v1.2.0',
    ]);
  });
});
