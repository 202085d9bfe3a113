import { expect, it } from 'vitest';
import { datastoreOf } from '../../../../src/cli/datastore-flags.ts';
import { datastoreCheck } from '../../../../src/doctor/checks/datastore.ts';
import { idCheck } from '../../../../src/doctor/checks/id.ts';
import { refusing } from '../../../support/answering-client.ts';
import { type TestFacts, doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

const postgres = (port: number) => {
  const none = { value: undefined, from: '' };
  const endpoint = { value: `postgres://k3v:secret@127.0.0.1:${port}/k3v`, from: '' };
  return datastoreOf({ endpoint, cafile: none, certfile: none, keyfile: none }, 'default');
};
const claimed = { get: async () => ({ metadata: { name: 'k3v-default' } }) as never };
const idOf = async (facts: TestFacts) => await idCheck.run(doctorFacts(facts), unhurried);

it('the id is free, is shared by replicas, or is that of another virtual cluster', async () => {
  expect(await idOf({ answers: { get: refusing(404, 'NotFound') } })).toEqual([
    { status: 'ok', what: '"default" is free in namespace team' },
  ]);
  expect(await idOf({ answers: claimed, config: { datastore: postgres(5432) } })).toMatchObject([{ status: 'ok' }]);
  await expect(idOf({ answers: claimed })).rejects.toMatchObject({ code: 'ID_TAKEN' });
});

it('the datastore is in the data directory, or does not answer', async () => {
  expect(await datastoreCheck.run(doctorFacts(), unhurried)).toMatchObject([{ status: 'ok' }]);
  // Nothing listens on port 1.
  const away = datastoreCheck.run(doctorFacts({ config: { datastore: postgres(1) } }), unhurried);
  await expect(away).rejects.toMatchObject({ code: 'DATASTORE_UNREACHABLE' });
});
