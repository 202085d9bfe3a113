import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';
import { mergeKubeconfig } from '../../../src/k3k/client/merge-kubeconfig.ts';
import { currentOf, parseKubeconfig } from '../../../src/kube/kubeconfig.ts';

const owner = { host: 'https://host.example', cluster: 'k3k-a/a' };
const as = { name: 'k3k-a', owner, use: false };
const kubeconfig = (server: string) =>
  kubeconfigYaml({ server, caPem: 'ca', contextName: 'k3v-a', token: `t@${server}` });
const added = kubeconfig('https://a.example');

const mine = `# mine, do not touch
apiVersion: v1
kind: Config
current-context: work # the usual one
clusters:
  - name: work
    cluster: { server: "https://work.example" }
contexts:
  - name: work
    context: { cluster: work, user: me, namespace: shop }
users:
  - name: me
    user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: get-token } }
preferences: {}
`;

/** The kubeconfig in `text`, as kubectl would use it with the context `name`. */
const using = (text: string, name?: string) => {
  const config = parseKubeconfig(text);
  const { context, cluster, user } = currentOf(name === undefined ? config : { ...config, currentContext: name });
  return { context: context?.name, server: cluster?.server, token: user?.token };
};

describe('a kubeconfig that is added to another one', () => {
  test('is there as a context of its own, beside all that was there, comments too', () => {
    const merged = mergeKubeconfig(mine, added, as);
    expect(using(merged, 'k3k-a')).toEqual({
      context: 'k3k-a',
      server: 'https://a.example',
      token: 't@https://a.example',
    });
    expect(using(merged)).toMatchObject({ context: 'work', server: 'https://work.example' });
    expect(merged).toContain('# mine, do not touch\n');
    expect(merged).toContain('current-context: work # the usual one\n');
    const [before, after] = [parse(mine), parse(merged)] as Record<string, unknown[]>[];
    for (const list of ['clusters', 'contexts', 'users']) {
      expect(after?.[list]).toHaveLength(2);
      expect(after?.[list]?.[0]).toEqual(before?.[list]?.[0]);
    }
    expect(after).toMatchObject({ preferences: {}, kind: 'Config' });
  });

  test('becomes the current context where that is asked for, or where there is none', () => {
    expect(using(mergeKubeconfig(mine, added, { ...as, use: true })).context).toBe('k3k-a');
    for (const text of [
      '',
      '# nothing yet\n',
      'clusters: []\ncontexts: null\n',
      'apiVersion: v1\ncurrent-context: ""\n',
    ]) {
      const merged = mergeKubeconfig(text, added, as);
      expect({ text, ...using(merged) }).toMatchObject({ text, context: 'k3k-a', server: 'https://a.example' });
    }
    expect(mergeKubeconfig('', added, as)).toMatch(/^apiVersion: v1\nkind: Config\n/);
  });

  test('takes the place of the one of the same cluster, and is the same when it is added once more', () => {
    const once = mergeKubeconfig(mine, added, as);
    expect(mergeKubeconfig(once, added, as)).toBe(once);
    const again = mergeKubeconfig(once, kubeconfig('https://b.example'), as);
    expect(using(again, 'k3k-a')).toEqual({
      context: 'k3k-a',
      server: 'https://b.example',
      token: 't@https://b.example',
    });
    expect(parse(again)).toMatchObject({ contexts: { length: 2 }, clusters: { length: 2 }, users: { length: 2 } });
  });

  test('takes the place of nothing else: neither of a cluster of the same name on another host, nor of what somebody else has called so', () => {
    const once = mergeKubeconfig(mine, added, as);
    const elsewhere = { ...as, owner: { ...owner, host: 'https://other.example' } };
    expect(() => mergeKubeconfig(once, added, elsewhere)).toThrow(
      'its clusters have a k3k-a that is not of this cluster',
    );
  });

  test.each([
    ['clusters', 'work'],
    ['contexts', 'work'],
    ['users', 'me'],
  ])('takes no place of somebody else in %s', (_, name) => {
    expect(() => mergeKubeconfig(mine, added, { ...as, name })).toThrow(`have a ${name} that is not of this cluster`);
  });

  test('keeps JSON as JSON', () => {
    const merged = mergeKubeconfig(JSON.stringify(parse(mine)), added, as);
    expect(using(merged, 'k3k-a').server).toBe('https://a.example');
    expect(JSON.parse(merged)).toMatchObject({ contexts: [{ name: 'work' }, { name: 'k3k-a' }] });
  });

  test.each([
    ['a: [', 'at line 1'],
    ['- a\n', 'it is no map'],
    ['just words', 'it is no map'],
    ['kind: Pod\nspec: {}\n', 'its kind is "Pod", not "Config"'],
    ['clusters: none\n', 'its clusters are no list'],
    ['users: { a: b }\n', 'its users are no list'],
    ['a: 1\na: 2\n', 'Map keys must be unique'],
  ])('is not added to %j: %s', (text, message) => {
    expect(() => mergeKubeconfig(text, added, as)).toThrow(message);
  });
});
