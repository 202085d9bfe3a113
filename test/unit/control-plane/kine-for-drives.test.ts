import { expect, it } from 'vitest';
import { withDrives } from '../../../src/control-plane/kine-for-drives.ts';

it('kine for Windows gives SQLite an address that begins with no machine: it could not open C:\\…\\kine.db', () => {
  const source = 'func a() {\n\treturn "file://" + path + "?" + params, nil\n}\n';
  expect(withDrives(source)).toBe('func a() {\n\treturn "file:///" + filepath.ToSlash(path) + "?" + params, nil\n}\n');
});

it('a kine that does it in another way is not built for Windows unseen', () => {
  expect(() => withDrives('return "file:" + path')).toThrow('kine makes the address of its database in another way');
});
