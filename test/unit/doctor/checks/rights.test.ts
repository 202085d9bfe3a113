import { expect, it } from 'vitest';
import { rightsCheck } from '../../../../src/doctor/checks/rights.ts';
import { chooseKinds } from '../../../../src/syncer/choose-kinds.ts';
import { doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

const found = async (forbidden: string[], sync: string[] = []) =>
  await rightsCheck.run(doctorFacts({ forbidden, sync: chooseKinds(sync) }), unhurried);

it('all are there', async () => {
  expect(await found([])).toEqual([{ status: 'ok', what: 'all 36 that k3v cannot do without in namespace team' }]);
});

it('each kind with its missing verbs is a failure, with the Role that gives them', async () => {
  expect(await found(['create pods', 'patch pods', 'watch secrets'])).toEqual([
    {
      status: 'fail',
      what: 'may not create, patch pods',
      todo: 'Have an admin of the host apply the Role: k3v host-role --namespace team | kubectl apply -f -',
    },
    { status: 'fail', what: 'may not watch secrets', todo: expect.any(String) },
  ]);
});

it('what only the tenant misses is a warning', async () => {
  expect(await found(['get pods/log'])).toMatchObject([
    { status: 'ok' },
    { status: 'warn', what: 'may not get pods/log, which tenants will miss' },
  ]);
});

it('what is optional is told with the words that give it', async () => {
  expect(await found(['list nodes', 'get nodes', 'watch nodes', 'list storageclasses'])).toMatchObject([
    { status: 'ok' },
    {
      status: 'skip',
      what: 'does without what is optional: nodes, storageclasses, metrics',
      todo: 'To have it: k3v host-role --namespace team --with nodes,storageclasses,metrics | kubectl apply -f -',
    },
  ]);
});

it('what --sync names is needed, too', async () => {
  expect(await found(['patch ingresses', 'list ingressclasses'], ['ingresses'])).toMatchObject([
    { status: 'fail', what: 'may not patch ingresses', todo: expect.stringContaining('--with ingresses |') },
    { status: 'skip', todo: expect.stringContaining('--with ingresses,ingressclasses |') },
  ]);
});

it('to read nodes is needed where --nodes all asks for them', async () => {
  const facts = doctorFacts({ forbidden: ['watch nodes'], config: { nodes: 'all' } });
  expect(await rightsCheck.run(facts, unhurried)).toMatchObject([
    { status: 'ok' },
    { status: 'fail', what: '--nodes all, but may not watch nodes', todo: expect.stringContaining('--with nodes |') },
  ]);
});
