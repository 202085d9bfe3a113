import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clusterRoleFile, clusterRoleTemplate, controllerRules } from '../../../packaging/chart/cluster-role.ts';

const root = join(import.meta.dirname, '../../..');

it('the ClusterRole of the chart has the rights that the code names; npm run crds writes it', async () => {
  expect(await readFile(join(root, clusterRoleFile), 'utf8')).toBe(clusterRoleTemplate());
});

it('the controller may do nothing that would make it an admin of the host', () => {
  const rules = controllerRules();
  const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
  expect(words).not.toContain('*');
  for (const verb of ['escalate', 'bind', 'impersonate', 'deletecollection']) expect(words).not.toContain(verb);
  for (const resource of ['serviceaccounts/token', 'nodes/proxy', 'certificatesigningrequests']) {
    expect(words).not.toContain(resource);
  }
});
