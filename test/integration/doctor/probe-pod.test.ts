import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { probePodCheck } from '../../../src/doctor/checks/probe-pod.ts';
import { NotTried } from '../../../src/doctor/finding.ts';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { doctorFacts, unhurried } from '../../support/doctor-facts.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

const port = 27_563;
const probeImage = 'agnhost';
let server: FakeApiServer;
let client: ReturnType<typeof clientOf>;

beforeEach(async () => {
  server = await startFakeApiServer();
  client = clientOf(server.url);
});
afterEach(async () => {
  client.close();
  await server.stop();
});

const pods = () => server.store.list<Pod>(resources.pods);
const factsWith = (more: Parameters<typeof doctorFacts>[0] = {}) =>
  doctorFacts({ answers: client, probeImage, config: { listenPort: port, advertiseAddress: '127.0.0.1' }, ...more });
/** Has the pod, once it is there, end as a node would have it. */
const probe = async (status: Pod['status'], meanwhile: () => Promise<void> = async () => undefined) => {
  const running = probePodCheck.run(factsWith(), unhurried);
  const pod = await eventually(() => pods()[0] ?? expect.fail('no pod yet'));
  await meanwhile();
  server.store.put(resources.pods, { ...pod, spec: { containers: [], ...pod.spec, nodeName: 'node1' }, status });
  return { pod, found: await running };
};
const ended = (exitCode: number, more: object = {}): Pod['status'] => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [
    {
      name: 'main',
      image: 'x',
      imageID: 'x',
      ready: false,
      restartCount: 0,
      containerID: 'containerd://1',
      state: { terminated: { exitCode, ...more } },
    },
  ],
});

it('is not made unless asked for', async () => {
  const found = await probePodCheck.run(factsWith({ probeImage: undefined }), unhurried);
  expect(found).toMatchObject([{ status: 'skip', todo: expect.stringContaining('--probe-pod') }]);
  expect(server.requests).toEqual([]);
});

it('connects to the port, on which somebody listens meanwhile, and is removed', async () => {
  const { pod, found } = await probe(ended(0), async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy()));
      socket.on('error', reject);
    });
  });
  expect(found).toEqual([{ status: 'ok', what: `a pod on node node1 reaches 127.0.0.1:${port}` }]);
  expect(pod.spec?.containers[0]).toMatchObject({
    image: 'agnhost',
    command: ['/agnhost', 'connect', `127.0.0.1:${port}`, '--timeout=10s'],
  });
  expect(pods()).toEqual([]);
  await new Promise<void>((resolve) => {
    const free = createServer().listen(port, () => free.close(() => resolve()));
  });
});

it('that gets no answer is a failure in its own words', async () => {
  const { found } = await probe(ended(1, { message: 'TIMEOUT\n' }));
  expect(found).toMatchObject([
    {
      status: 'fail',
      what: `a pod on node node1 does not reach 127.0.0.1:${port}: TIMEOUT`,
      todo: expect.stringContaining('--advertise-address'),
    },
  ]);
  expect(pods()).toEqual([]);
});

it('on a simulated node tells nothing', async () => {
  const [status] = ended(0)?.containerStatuses ?? [];
  const { containerID: _, ...simulated } = status ?? { containerID: '' };
  const { found } = await probe({ phase: 'Succeeded', containerStatuses: [simulated as never] });
  expect(found).toMatchObject([{ status: 'skip', what: expect.stringContaining('simulated') }]);
});

it('whose image cannot be pulled tells how to name another', async () => {
  const [status] = ended(0)?.containerStatuses ?? [];
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "agnhost"' };
  const { found } = await probe({ phase: 'Pending', containerStatuses: [{ ...status, state: { waiting } } as never] });
  expect(found).toMatchObject([{ status: 'warn', todo: expect.stringContaining('--probe-image') }]);
  expect(pods()).toEqual([]);
});

it('that the host refuses is told in its words', async () => {
  server.faults.add({ verb: 'create' }, { kind: 'status', code: 403, message: 'exceeded quota' });
  const found = await probePodCheck.run(factsWith(), unhurried);
  expect(found).toMatchObject([{ status: 'warn', what: 'the host refuses the pod: exceeded quota' }]);
});

it('is not made where another program has the port, or the credentials may not', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(port, '0.0.0.0', resolve));
  await expect(probePodCheck.run(factsWith(), unhurried)).rejects.toThrow('that of another program');
  await new Promise<void>((resolve) => void other.close(() => resolve()));
  const forbidden = factsWith({ forbidden: ['delete pods'] });
  await expect(probePodCheck.run(forbidden, unhurried)).rejects.toBeInstanceOf(NotTried);
  expect(server.count('create')).toBe(0);
});
