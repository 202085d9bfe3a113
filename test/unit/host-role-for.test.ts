import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseCommand } from '../../src/cli/cli.ts';
import { readHostRights } from '../../src/host/host-rights.ts';
import { roleExtras } from '../../src/host/role-extras.ts';
import { hostRoleFor, optionalWords } from '../../src/host-role-for.ts';
import { optInKinds } from '../../src/syncer/registry.ts';
import { readSyncRules } from '../../src/syncer/sync-rules.ts';

interface Role {
  kind: string;
  rules: { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
}

const rolesFor = (words: string[], rules?: ReturnType<typeof readSyncRules>) => {
  const objects = parseAllDocuments(hostRoleFor('team-a', words, rules)).map((document) => document.toJS() as Role);
  const rulesOf = (kind: string) =>
    objects
      .filter((object) => object.kind === kind)
      .flatMap(({ rules }) =>
        rules.map(
          (rule) =>
            `${rule.apiGroups.join()}/${[rule.resources.join(), ...(rule.resourceNames ?? [])].join('/')}: ${rule.verbs.join()}`,
        ),
      );
  return { role: rulesOf('Role'), clusterRole: rulesOf('ClusterRole') };
};
const all = 'get,list,watch,create,patch,delete';

describe('the printed Role', () => {
  it('has what each kind asks for in the namespace', () => {
    const { role, clusterRole } = rolesFor(['ingresses', 'poddisruptionbudgets']);
    const more = role.filter((rule) => !rolesFor([]).role.includes(rule));
    expect(more).toEqual([`networking.k8s.io/ingresses: ${all}`, `policy/poddisruptionbudgets: ${all}`]);
    expect(clusterRole).toEqual([]);
  });

  it('lets k3v read what it can show of the cluster only where that is named', () => {
    expect(rolesFor(['nodes', 'ingressclasses']).clusterRole).toEqual([
      '/nodes: get,list,watch',
      'networking.k8s.io/ingressclasses: get,list,watch',
    ]);
    expect(rolesFor(['nodes', 'ingressclasses']).role).toEqual(rolesFor([]).role);
  });

  it('lets k3v read metrics where that is named, those of pods in the namespace alone', () => {
    const { role, clusterRole } = rolesFor(['metrics']);
    expect(clusterRole).toEqual(['metrics.k8s.io/nodes: list']);
    expect(role).toContain('metrics.k8s.io/pods: list');
  });

  it.each([
    ['events', { role: '/events: get,list,watch' }],
    ['storageclasses', { clusterRole: 'storage.k8s.io/storageclasses: get,list,watch' }],
    ['nodes/proxy', { clusterRole: '/nodes/proxy: get' }],
    ['endpoints/restricted', { role: '/endpoints/restricted: create' }],
  ])(
    'has the right for %s where that is named',
    (word, { role, clusterRole }: { role?: string; clusterRole?: string }) => {
      expect(rolesFor([word])).toEqual({
        role: [...rolesFor([]).role, ...(role ? [role] : [])],
        clusterRole: clusterRole ? [clusterRole] : [],
      });
    },
  );

  it('is for custom resources, too, and lets k3v read the definitions of just those', () => {
    const rules = readSyncRules({ 'plans.example.com': { direction: 'toVirtual', clusterScoped: true } }, 'r');
    const words = ['crd=widgets.example.com', 'crd=plans.example.com', 'customresourcedefinitions'];
    const { role, clusterRole } = rolesFor(words, rules);
    expect(role).toContain(`example.com/widgets: ${all}`);
    expect(clusterRole).toEqual([
      'example.com/plans: get,list,watch',
      'apiextensions.k8s.io/customresourcedefinitions/widgets.example.com: get',
      'apiextensions.k8s.io/customresourcedefinitions/plans.example.com: get',
    ]);
  });

  it('is not for what there is not', () => {
    expect(() => hostRoleFor('team-a', ['ingresclasses'])).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: '--with is "ingresclasses"',
        hint: `Did you mean ingressclasses? It takes ${[...optionalWords, ...optInKinds.map(({ name }) => name)].join(', ')}, configmaps=all, secrets=all, crd=<plural>.<group>.`,
      }),
    );
  });
});

describe('what k3v can do without', () => {
  it('is what k3v finds out at its start: each right has a word that gives it', async () => {
    const kinds = optInKinds.flatMap(({ rights }) => rights);
    const { forbidden } = await readHostRights(
      async ({ group, plural }) => group === '' && plural === 'pods',
      'team-a',
      kinds,
    );
    const given = new Set(
      [...roleExtras.filter(({ isAsked }) => isAsked).flatMap(({ rights }) => rights), ...kinds]
        .filter(({ needed }) => !needed)
        .map(({ group, plural, subresource }) =>
          [
            plural,
            ...(group === 'metrics.k8s.io' ? [`.${group}`] : []),
            ...(subresource ? [`/${subresource}`] : []),
          ].join(''),
        ),
    );
    expect(new Set(forbidden)).toEqual(given);
  });

  it.each(optionalWords)('has a word that adds to the Role: %s', (word) => {
    const kind = 'crd=a.example.com';
    const rulesFor = (...words: string[]) => Object.values(rolesFor([kind, ...words])).flat();
    const added = rulesFor(word).filter((rule) => !rulesFor().includes(rule));
    expect(added.join()).toContain(word === 'metrics' ? 'metrics.k8s.io' : word);
  });

  const root = join(import.meta.dirname, '../..');
  const page = readFileSync(join(root, 'docs/permissions.md'), 'utf8');
  const section = /^## The Role$(.*?)^## /ms.exec(page)?.[1] ?? '';

  it('stands in docs/permissions.md, word by word, and in the help', async () => {
    const rows = [...section.matchAll(/^\| `([a-z/]+)` \| .+? \| .+ \|$/gm)].map(([, word]) => word);
    expect(rows).toEqual(optionalWords);
    const help = await parseCommand(['host-role', '--help'], {});
    const words = 'text' in help ? help.text.replace(/\s+/g, ' ') : '';
    expect(words).toContain(`what k3v does only where it may: ${optionalWords.join(', ')}, and what --sync takes`);
  });

  it('is not in the Role that docs/permissions.md shows, which is the one that is printed', () => {
    const quoted = (cell = '') => [...cell.matchAll(/`([a-z/]+)`/g)].map(([, word]) => word).join();
    const rows = [...section.matchAll(/^\| ((?:`[a-z/]+`(?:, )?)+) \| ((?:`[a-z]+`(?:, )?)+) \|$/gm)];
    expect(rows.map(([, kinds, verbs]) => `/${quoted(kinds)}: ${quoted(verbs)}`)).toEqual(rolesFor([]).role);
  });
});
