import { describe, expect, test } from 'vitest';
import { type AskedRight, askOwnRights } from '../../../src/host/own-rights.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

interface Review {
  kind: string;
  spec: { namespace?: string; resourceAttributes?: Record<string, string | undefined> };
}

/** A host that lists `rules`, and says yes or no (`allowed`) where it is asked about one right. */
function hostThat({
  rules,
  incomplete = false,
  allowed = false,
}: {
  rules: object[];
  incomplete?: boolean;
  allowed?: boolean;
}) {
  const asked: Review[] = [];
  const request = async (_method: string, _path: string, options: { body?: unknown } = {}) => {
    const review = options.body as Review;
    asked.push(review);
    const isList = review.kind === 'SelfSubjectRulesReview';
    return { status: isList ? { resourceRules: rules, nonResourceRules: [], incomplete } : { allowed } };
  };
  return { asked, client: answeringClient({ request }) };
}

const rule = (resource: string, verbs: string[], more: object = {}) => ({
  apiGroups: [''],
  resources: [resource],
  verbs,
  ...more,
});
const right = (plural: string, verb: string, more: Partial<AskedRight> = {}): AskedRight => ({
  group: '',
  plural,
  verb,
  namespace: 'team-a',
  ...more,
});

describe('what the credentials may do', () => {
  test('in the namespace, one request tells', async () => {
    const { asked, client } = hostThat({ rules: [rule('pods', ['get', 'create']), rule('pods/log', ['get'])] });
    const own = await askOwnRights(client, 'team-a');
    expect(await own(right('pods', 'create'))).toBe(true);
    expect(await own(right('pods', 'get', { subresource: 'log' }))).toBe(true);
    expect(await own(right('pods', 'delete'))).toBe(false);
    expect(await own(right('pods', 'get', { subresource: 'exec' }))).toBe(false);
    expect(await own(right('pods', 'get', { group: 'metrics.k8s.io' }))).toBe(false);
    expect(asked).toEqual([
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: 'team-a' } },
    ]);
  });

  test.each<[string, object, AskedRight]>([
    ['any verb', rule('pods', ['*']), right('pods', 'watch')],
    ['any kind', rule('*', ['get']), right('pods', 'get', { subresource: 'log' })],
    ['any group', rule('pods', ['list'], { apiGroups: ['*'] }), right('pods', 'list', { group: 'metrics.k8s.io' })],
    ['this subresource of any kind', rule('*/status', ['patch']), right('pods', 'patch', { subresource: 'status' })],
    ['this object', rule('namespaces', ['get'], { resourceNames: ['a'] }), right('namespaces', 'get', { name: 'a' })],
  ])('is understood where a rule is for %s', async (_title, listed, wanted) => {
    const own = await askOwnRights(hostThat({ rules: [listed] }).client, 'team-a');
    expect(await own(wanted)).toBe(true);
  });

  test.each<[string, object, AskedRight]>([
    ['one object', rule('secrets', ['get'], { resourceNames: ['a'] }), right('secrets', 'get')],
    ['another object', rule('secrets', ['get'], { resourceNames: ['a'] }), right('secrets', 'get', { name: 'b' })],
    ['subresources', rule('*/status', ['patch']), right('pods', 'patch')],
  ])('is not more where a rule is for %s only', async (_title, listed, wanted) => {
    const own = await askOwnRights(hostThat({ rules: [listed] }).client, 'team-a');
    expect(await own(wanted)).toBe(false);
  });

  test.each([true, false])('in all of the cluster is asked one by one where the list has it: %s', async (allowed) => {
    const { asked, client } = hostThat({ rules: [rule('nodes', ['get'])], allowed });
    const own = await askOwnRights(client, 'team-a');
    const { namespace: _, ...everywhere } = right('nodes', 'get');
    expect(await own(everywhere)).toBe(allowed);
    expect(await own({ ...everywhere, verb: 'list' })).toBe(false);
    expect(asked.slice(1)).toMatchObject([
      { kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { group: '', resource: 'nodes', verb: 'get' } } },
    ]);
    expect(asked[1]?.spec.resourceAttributes?.['namespace']).toBeUndefined();
  });

  test('is asked one by one where the host says that its list is not complete', async () => {
    const { asked, client } = hostThat({ rules: [rule('pods', ['get'])], incomplete: true, allowed: true });
    const own = await askOwnRights(client, 'team-a');
    expect(await own(right('pods', 'get'))).toBe(true);
    expect(asked).toHaveLength(1);
    expect(await own(right('pods', 'get', { subresource: 'log' }))).toBe(true);
    expect(asked[1]?.spec.resourceAttributes).toMatchObject({ namespace: 'team-a', subresource: 'log' });
  });

  test('cannot be asked for by someone the host does not know', async () => {
    const client = answeringClient({ request: refusing(403, 'Forbidden', 'User "system:anonymous" cannot create') });
    await expect(askOwnRights(client, 'team-a')).rejects.toMatchObject({ code: 'HOST_UNAUTHORIZED' });
  });

  test('is not told to credentials that are refused', async () => {
    const client = answeringClient({ request: refusing(401, 'Unauthorized') });
    await expect(askOwnRights(client, 'team-a')).rejects.toMatchObject({
      code: 'HOST_UNAUTHORIZED',
      message: expect.stringContaining('refuses the credentials'),
    });
  });
});
