import { K3vError } from '../errors.ts';
import type { Config } from './config.ts';
import { dnsName } from './dns-name.ts';
import { type Picked, isGiven } from './picked.ts';

/** Returns which Secret is to hold the tenant's kubeconfig, undefined for none. Throws FLAG_INVALID. */
export function kubeconfigSecretOf(name: Picked, server: Picked): Config['kubeconfigSecret'] {
  const invalid = ({ value, from }: Picked, wanted: string) =>
    new K3vError('FLAG_INVALID', `${from} is ${JSON.stringify(value)}`, { hint: `It must be ${wanted}.` });
  if (isGiven(server) && !isServer(server.value)) throw invalid(server, 'a URL such as https://team-a.example:443');
  if (!isGiven(name)) {
    if (!isGiven(server)) return undefined;
    throw new K3vError('FLAG_INVALID', `${server.from} is given, and no Secret`, {
      hint: 'Name the Secret with --write-kubeconfig-secret.',
    });
  }
  if (typeof name.value !== 'string' || !isObjectName(name.value)) throw invalid(name, 'the name of a Secret');
  return { name: name.value, server: isGiven(server) ? String(server.value) : undefined };
}

function isObjectName(text: string): boolean {
  return text.length <= 253 && dnsName.test(text);
}

function isServer(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).protocol === 'https:';
}
