import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Datastore } from '../datastore/datastore.ts';
import { parseDatastore } from '../datastore/parse-datastore.ts';
import { K3vError } from '../errors.ts';
import { type Picked, isGiven } from './picked.ts';

/** The settings of the flags that say where the control plane keeps its objects. */
export interface DatastoreSettings {
  endpoint: Picked;
  cafile: Picked;
  certfile: Picked;
  keyfile: Picked;
}

/** Returns the datastore that the flags ask for, for the virtual cluster `id`. Throws FLAG_INVALID, which never shows the endpoint: there may be a password in it. */
export function datastoreOf({ endpoint, cafile, certfile, keyfile }: DatastoreSettings, id: string): Datastore {
  const given = [cafile, certfile, keyfile].find(isGiven);
  if (!isGiven(endpoint)) {
    if (given === undefined) return { kind: 'sqlite' };
    throw new K3vError('FLAG_INVALID', `${given.from} is given without --datastore-endpoint`, {
      hint: 'It is for a database elsewhere; SQLite in the data directory has no use for it.',
    });
  }
  if (typeof endpoint.value !== 'string') {
    throw new K3vError('FLAG_INVALID', `${endpoint.from} is no text`, {
      hint: 'It must be the address of a database.',
    });
  }
  if (isGiven(certfile) !== isGiven(keyfile)) {
    const [one, other] = isGiven(certfile) ? [certfile, 'keyfile'] : [keyfile, 'certfile'];
    throw new K3vError('FLAG_INVALID', `${one.from} is given without --datastore-${other}`, {
      hint: 'A certificate and its key belong together.',
    });
  }
  const tls = { caFile: pemFile(cafile), certFile: pemFile(certfile), keyFile: pemFile(keyfile) };
  const parsed = parseDatastore(endpoint.value, { id, tls });
  if (!('wrong' in parsed)) return parsed;
  throw new K3vError('FLAG_INVALID', `${endpoint.from} ${parsed.wrong}`, { hint: `It must be ${parsed.wanted}.` });
}

/** Returns the absolute path of a file that can be read and holds PEM; undefined when none is given. */
function pemFile(picked: Picked): string | undefined {
  if (!isGiven(picked)) return undefined;
  const path = resolve(String(picked.value));
  const refuse = (why: string, cause?: unknown) =>
    new K3vError('FLAG_INVALID', `${picked.from} is ${JSON.stringify(picked.value)}, which ${why}`, {
      hint: 'It must be the path of a PEM file that k3v may read.',
      cause,
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (!text.includes('-----BEGIN ')) throw refuse('holds no PEM');
  return path;
}
