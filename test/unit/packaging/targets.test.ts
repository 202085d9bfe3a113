import { expect, it } from 'vitest';
import { targetFor, targetNamed, targets } from '../../../packaging/binary/targets.ts';

it.each(targets)('$name is found by its name, and by what Node says of such a machine', (target) => {
  expect(targetNamed(target.name)).toBe(target);
  expect(targetFor({ platform: target.platform, arch: target.arch })).toBe(target);
});

it('says for which machines there is no file', () => {
  expect(() => targetNamed('plan9-x64')).toThrow('there is no target plan9-x64: choose of linux-x64, ');
  expect(() => targetFor({ platform: 'linux', arch: 's390x' })).toThrow('k3v is not packaged for linux on s390x');
});
