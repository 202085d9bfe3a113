import { expect, it } from 'vitest';
import { ConnectionError, StatusError } from '../../../src/kube/errors.ts';
import { hostError } from '../../../src/uninstall/host-error.ts';

it.each([
  [new StatusError(403, { message: 'cannot patch configmaps' }), 'HOST_FORBIDDEN'],
  [new StatusError(503, { message: 'etcd is away' }), 'HOST_UNREACHABLE'],
  [new ConnectionError('reset'), 'HOST_UNREACHABLE'],
])('%s is %s, and what it said is kept', (error, code) => {
  expect(hostError(error)).toMatchObject({ code, message: expect.stringContaining(error.message), cause: error });
});

it('whatever does not come from the host is not', () => {
  expect(hostError(new TypeError('x is undefined'))).toBeUndefined();
});
