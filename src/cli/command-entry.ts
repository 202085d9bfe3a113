import type { FlagName } from './flags.ts';
import type { OwnFlag, OwnFlagName } from './own-flags.ts';

/** What there is to say of a command: help, completion and the reference in docs/ are made from it. */
export interface CommandEntry {
  /** Its command lines, without `k3v`. */
  usage: readonly string[];
  /** What it does, as a phrase. */
  summary: string;
  /** Paragraphs of its help. */
  about?: readonly string[];
  /** Its sub-commands, one of which is needed, and how many words may follow each. */
  subcommands?: Readonly<Record<string, { does: string; words: number }>>;
  /** Flags that only some commands have. */
  own?: readonly OwnFlagName[];
  /** Makes it a command with a table of flags of its own, which may mean something else in other commands; they are given behind its name, or before it. */
  table?: FlagTable;
  /** Commands below it, each with a table of its own; one of them is needed. */
  commands?: Readonly<Record<string, CommandEntry & { table: FlagTable }>>;
  /** Flags of the main command that it heeds. */
  heeds: readonly FlagName[];
  /** Command lines, whole, and what each is for. */
  examples: readonly (readonly [line: string, purpose: string])[];
}

/** What a command with a table of its own takes. */
export interface FlagTable {
  flags: Readonly<Record<string, OwnFlag>>;
  /** Flags of K3K that there are not, and what to do instead. */
  refused?: Readonly<Record<string, string>>;
  /** How many words may follow its name. */
  words: number;
  /** Whether what follows `--` is a command line. */
  takesCommand?: boolean;
}
