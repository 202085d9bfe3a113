import { expect, it } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

it('says nothing of pods by default', () => {
  expect(readConfig({}, {}).podRules).toBeUndefined();
});

it('reads what every pod gets on the host', () => {
  const given = {
    'pod-node-selector': ['disk=ssd', 'example.com/zone=a'],
    'pod-toleration': ['team=a:NoSchedule', 'gpu:NoExecute,spot', 'pool=x'],
    'pod-runtime-class': 'gvisor',
  };
  expect(readConfig(given, { K3V_POD_PRIORITY_CLASS: 'tenants' }).podRules).toEqual({
    nodeSelector: { disk: 'ssd', 'example.com/zone': 'a' },
    tolerations: [
      { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' },
      { key: 'gpu', operator: 'Exists', effect: 'NoExecute' },
      { key: 'spot', operator: 'Exists' },
      { key: 'pool', operator: 'Equal', value: 'x' },
    ],
    priorityClassName: 'tenants',
    runtimeClassName: 'gvisor',
  });
  expect(readConfig({ 'pod-toleration': ['*'] }, {}).podRules?.tolerations).toEqual([{ operator: 'Exists' }]);
});

it.each([
  [{ 'pod-node-selector': ['disk'] }, '--pod-node-selector has "disk"'],
  [{ 'pod-node-selector': ['-x=1'] }, '--pod-node-selector has "-x=1"'],
  [{ 'pod-node-selector': ['a=b/c'] }, '--pod-node-selector has "a=b/c"'],
  [{ 'pod-node-selector': ['a=1', 'a=2'] }, '--pod-node-selector names a more than once'],
  [{ 'pod-toleration': ['a=b:Sometimes'] }, '--pod-toleration has "a=b:Sometimes"'],
  [{ 'pod-toleration': ['=b'] }, '--pod-toleration has "=b"'],
  [{ 'pod-toleration': ['a:'] }, '--pod-toleration has "a:"'],
  [{ 'pod-priority-class': 'Not A Name' }, '--pod-priority-class is "Not A Name"'],
])('refuses %j', (given, message) => {
  expect(() => readConfig(given, {})).toThrow(message);
});
