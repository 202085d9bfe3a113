import { showDatastore } from '../../datastore/datastore.ts';
import { untilDatastoreAnswers } from '../../datastore/until-datastore-answers.ts';
import type { Check } from '../check.ts';
import { ok } from '../finding.ts';

const patienceMs = 3_000;

/** Whether the database elsewhere answers. What it thinks of the credentials shows at a start only. */
export const datastoreCheck: Check = {
  name: 'datastore',
  async run({ config: { datastore } }, signal) {
    if (datastore.kind === 'sqlite') return [ok(showDatastore(datastore))];
    await untilDatastoreAnswers(datastore, { timeoutMs: patienceMs, signal });
    return [ok(`${showDatastore(datastore)} answers`)];
  },
};
