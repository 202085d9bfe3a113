import { type LimitRange, type ResourceQuota, resources } from '../../kube/types.ts';
import { amountOf } from '../../quota/quota.ts';
import type { Check } from '../check.ts';
import { type Finding, ok, skip, warn } from '../finding.ts';
import { may } from '../may.ts';

/** From this part of a quota on it is worth a word. */
const nearly = 0.9;

/** What is left of the quotas of the host namespace, and which limits it has. */
export const quotaCheck: Check = {
  name: 'quota',
  async run(facts) {
    const { client, namespace } = await facts.host();
    const unread: string[] = [];
    const listed = async <T extends ResourceQuota | LimitRange>(resource: typeof resources.resourceQuotas) => {
      if (await may(facts, 'list', resource.plural)) return (await client.list<T>(resource, { namespace })).items;
      unread.push(resource.plural);
      return [];
    };
    const quotas = await listed<ResourceQuota>(resources.resourceQuotas);
    const limits = await listed<LimitRange>(resources.limitRanges);
    const findings = [...quotas.flatMap(quotaFindings), ...limits.map(limitFinding)];
    if (unread.length > 0) {
      const todo = 'Ask an admin of the host, or be let to list them: k3v needs it for nothing else.';
      return [...findings, skip(`the credentials may not list ${unread.join(' and ')}`, todo)];
    }
    return findings.length > 0 ? findings : [ok(`namespace ${namespace} has none`)];
  },
};

function quotaFindings({ metadata: { name }, status }: ResourceQuota): Finding[] {
  const { hard = {}, used = {} } = status ?? {};
  const rows = Object.entries(hard).map(([what, most]) => {
    const now = used[what] ?? '0';
    const limit = amountOf(what, most);
    return { words: `${what} ${now} of ${most}`, part: limit === 0 ? 1 : amountOf(what, now) / limit };
  });
  const short = rows.filter(({ part }) => part >= nearly);
  const all = rows.map(({ words }) => words).join(', ');
  if (short.length === 0) return [ok(`ResourceQuota ${name}: ${all}`)];
  const todo =
    'Have it raised, or delete what is not needed: what does not fit waits. With --quota tenants see a limit of their own.';
  return [warn(`ResourceQuota ${name} is nearly used up: ${short.map(({ words }) => words).join(', ')}`, todo)];
}

function limitFinding({ metadata: { name }, spec }: LimitRange): Finding {
  const words = (spec?.limits ?? []).flatMap(({ type, ...each }) =>
    Object.entries(each).flatMap(([rule, amounts]) =>
      Object.entries(amounts ?? {}).map(([what, amount]) => `${type} ${rule} ${what} ${String(amount)}`),
    ),
  );
  return ok(`LimitRange ${name}: ${words.join(', ')}`);
}
