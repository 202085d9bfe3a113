import { K3vError } from '../errors.ts';
import { parseNodeSelector, parseTolerations } from '../pod-rules/parse-pod-rules.ts';
import type { PodRules } from '../pod-rules/pod-rules.ts';
import type { Picked } from './picked.ts';
import { dnsName } from './dns-name.ts';
import { parsedItems } from './parsed-items.ts';

/** Returns what every pod gets on the host, undefined for nothing. Throws FLAG_INVALID. */
export function podRulesOf(settings: {
  nodeSelector: Picked;
  tolerations: Picked;
  priorityClass: Picked;
  runtimeClass: Picked;
}): PodRules | undefined {
  const nodeSelector = parsedItems(settings.nodeSelector, parseNodeSelector);
  const tolerations = parsedItems(settings.tolerations, parseTolerations);
  const priorityClassName = nameOf(settings.priorityClass);
  const runtimeClassName = nameOf(settings.runtimeClass);
  const isNothing =
    Object.keys(nodeSelector).length + tolerations.length === 0 && !priorityClassName && !runtimeClassName;
  return isNothing ? undefined : { nodeSelector, tolerations, priorityClassName, runtimeClassName };
}

function nameOf({ value, from }: Picked): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' && dnsName.test(value)) return value;
  throw new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(value)}`, {
    hint: 'It must be the name of a class.',
  });
}
