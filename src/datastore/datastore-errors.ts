import { type ErrorCode, K3vError } from '../errors.ts';
import { type Datastore, type ExternalDatastore, showDatastore } from './datastore.ts';

interface Symptom {
  pattern: RegExp;
  code: ErrorCode;
  /** What the datastore does, after its name. */
  does: string;
  hint: string;
}

/** In the words of PostgreSQL, of MySQL, of etcd, and of the TLS of Go and Node; the first match counts. */
const symptoms: readonly Symptom[] = [
  {
    pattern:
      /x509: |tls: (?!.*(required|bad certificate|unknown certificate))|server refused TLS|server does not support TLS|self[- ]signed certificate|unable to (verify|get)[^\n]*certificate|certificate has expired|altnames|SSL is not enabled|wrong version number|packet length too long/i,
    code: 'DATASTORE_UNTRUSTED',
    does: 'does not show a certificate that can be trusted',
    hint: 'Give the CA that signed it with --datastore-cafile, and the host by a name or address that stands in it.',
  },
  {
    pattern: /database "[^"\n]*" does not exist|SQLSTATE 3D000|Unknown database|Error 1044|Error 1049/,
    code: 'DATASTORE_MISSING',
    does: 'does not have this database, and k3v may not make it',
    hint: 'Make it, owned by that user, or correct --datastore-endpoint.',
  },
  {
    pattern:
      /authentication failed|Access denied|no pg_hba\.conf entry|role [^\n]* does not exist|permission denied|SQLSTATE (28|42501)|certificate required|bad certificate|unknown certificate|alert unknown ca|user name is empty|connection requires a valid client certificate/i,
    code: 'DATASTORE_REFUSED',
    does: 'refuses k3v',
    hint: 'Correct user and password in --datastore-endpoint, or --datastore-certfile and --datastore-keyfile; the user needs all rights on its database.',
  },
];

/** Returns the error that `words`, of a client of the datastore, point to; undefined if they say nothing that only the operator can change. */
export function datastoreError(datastore: Datastore, words: string): K3vError | undefined {
  const symptom = symptoms.find(({ pattern }) => pattern.test(words));
  if (!symptom || datastore.kind === 'sqlite') return undefined;
  const line = words.split('\n').findLast((each) => symptom.pattern.test(each)) ?? '';
  const reason = line.replace(/^.*?(?=failed SASL|server error|FATAL|ERROR:|Error \d|tls:|x509:)/, '').trim();
  return new K3vError(symptom.code, `the datastore ${showDatastore(datastore)} ${symptom.does}: ${reason}`, {
    hint: symptom.hint,
  });
}

/** Returns the error for a datastore that nothing is heard from. */
export function unreachable(datastore: ExternalDatastore, reason: string): K3vError {
  return new K3vError('DATASTORE_UNREACHABLE', `the datastore ${showDatastore(datastore)} does not answer: ${reason}`, {
    hint: 'Start it, or correct --datastore-endpoint.',
  });
}
