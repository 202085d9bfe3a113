import { expect, it } from 'vitest';
import { identifyProcess, identifyThisProcess, isAlive } from '../../../src/control-plane/process-identity.ts';

const nobody = 2 ** 30;
const unknown = async () => await Promise.resolve(undefined);

it('a process is told from a later one of the same number by when it began', async () => {
  const identity = await identifyThisProcess();
  expect(identity).toEqual(await identifyProcess(process.pid));
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ ...identity, startedAt: `${identity.startedAt}0` })).toBe(false);
});

it('this process can hold a lock where the system does not say when it began, as on a Windows without PowerShell', async () => {
  const identity = await identifyThisProcess(unknown);
  expect(identity).toEqual({ pid: process.pid, startedAt: '' });
  expect(await isAlive(identity)).toBe(true);
  expect(await isAlive({ pid: nobody, startedAt: '' })).toBe(false);
});

it('a child is not told by its number alone: a stranger that has it later would be killed', async () => {
  expect(await identifyProcess(process.pid, unknown)).toBeUndefined();
});
