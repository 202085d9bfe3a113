import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue, StoreChange } from './store.ts';

/** One step of the layout of a data directory, from the one before to `to`. */
export interface Migration {
  to: number;
  /** What it does, for the log. */
  about: string;
  /** Returns what changes in the state, all of which is given. Pure; written at one stroke, together with the new number. */
  state?: (entries: [key: string, value: JsonValue][]) => StoreChange[];
  /** Changes the database of a control plane that k3v keeps itself. Called once, within a transaction. */
  database?: (database: DatabaseSync) => void;
}

/** Every step there has been, in order. */
export const migrations: readonly Migration[] = [
  {
    to: 2,
    about: 'forget which writes had no effect: it was not known of which object of a name',
    state: (entries) => entries.filter(([key]) => key.startsWith('futile/')).map(([key]) => ({ key })),
  },
];
