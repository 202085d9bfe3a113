import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';

/** What `k3v ui` is to do. */
export interface UiWish {
  /** Port of 127.0.0.1; 0: any that is free. */
  port: number;
}

/** Returns the wish in the flags, as yargs gives them. Throws FLAG_INVALID. */
export function uiWish(given: Record<string, unknown>): UiWish {
  const { port = '0' } = given;
  const number = Number(port);
  if (/^\d+$/.test(String(port)) && number < 65_536) return { port: number };
  throw new K3vError('FLAG_INVALID', `--port is ${JSON.stringify(port)}`, {
    hint: 'It must be a port from 1 to 65535, or 0 for any that is free.',
  });
}

export const uiEntry: CommandEntry = {
  usage: ['ui [--port <number>]'],
  summary: 'show both sides in a browser, until interrupted',
  about: [
    'Serves a page on 127.0.0.1 that shows the pods of the virtual cluster and of the host side by side, what is refused or pending and why, how much of each kind is in sync, and how long k3v takes to carry pods across. It prints the address, with a token that is good until it ends.',
    'It needs a k3v that runs, and only reads: the status in the data directory, and the pods of both sides, with the kubeconfig that k3v runs with.',
  ],
  own: ['port'],
  heeds: ['data-dir', 'kubeconfig', 'context'],
  examples: [
    ['k3v ui', 'of the k3v whose data directory is ./k3v-data'],
    ['k3v ui --port 8080 --kubeconfig host.yaml', 'on a port of your choice, for ssh -L 8080:127.0.0.1:8080'],
  ],
};
