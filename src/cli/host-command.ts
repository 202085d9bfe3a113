import { K3vError } from '../errors.ts';
import type { CommandEntry, FlagTable } from './command-entry.ts';
import { type GivenFlags, isOn, secondsIn, textIn } from './given-flags.ts';
import type { FlagName } from './flags.ts';
import type { OwnFlag } from './own-flags.ts';

/** How objects are shown. */
export type ShownAs = 'text' | 'wide' | 'json' | 'yaml' | 'name';

/** Flags of the main command that all commands on a host heed. */
const hostSettings: readonly FlagName[] = ['kubeconfig', 'context', 'config', 'log-format', 'debug'];

/** Returns a command on a host: `flags` are those of its own, and `words` words may follow its name. */
export function hostCommand(
  flags: FlagTable['flags'],
  words: number,
  rest: Omit<CommandEntry, 'heeds' | 'table'>,
): CommandEntry & { table: FlagTable } {
  return { ...rest, heeds: hostSettings, table: { flags, words } };
}

export const outputFlag = {
  type: 'string',
  short: 'o',
  choices: ['text', 'wide', 'json', 'yaml', 'name'],
  default: 'text',
  describe: 'text, wide: with more columns, json, yaml, or name',
} as const satisfies OwnFlag;
export const yesFlag = {
  type: 'boolean',
  short: 'y',
  also: ['no-confirm'],
  describe: 'do not ask; also --no-confirm',
} as const satisfies OwnFlag;
export const serverFlag = {
  type: 'string',
  describe: 'host name, address or URL under which the API server is reached from here; else what answers is found out',
} as const satisfies OwnFlag;

/** Of commands that wait. */
export const waitFlags = {
  wait: { type: 'boolean', default: true, describe: 'wait until it is so' },
  timeout: { type: 'string', describe: 'how long to wait; it is an error if it takes longer', default: '3m' },
} as const satisfies Record<string, OwnFlag>;

/** Returns for how many seconds to wait; undefined: not at all. Throws FLAG_INVALID. */
export function waitSecondsIn(given: GivenFlags): number | undefined {
  return isOn(given, 'wait', true) ? secondsIn(given, 'timeout', waitFlags.timeout.default) : undefined;
}

/** Returns how objects are to be shown. */
export function shownAs(given: GivenFlags): ShownAs {
  const word = textIn(given, 'output');
  return outputFlag.choices.find((each) => each === word) ?? outputFlag.default;
}

/** Returns `--kubeconfig-server` as a URL. Throws FLAG_INVALID. */
export function serverIn(given: GivenFlags): string | undefined {
  const text = textIn(given, 'kubeconfig-server');
  if (text === undefined) return undefined;
  const url = text.includes('://') ? text : `https://${text}`;
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return url.replace(/\/$/, '');
  throw new K3vError('FLAG_INVALID', `--kubeconfig-server is ${JSON.stringify(text)}`, {
    hint: 'It must be a host name, an address, or a URL such as https://k3k.example:6443.',
  });
}
