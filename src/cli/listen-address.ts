import { K3vError } from '../errors.ts';
import { type Picked, isGiven } from './picked.ts';

/** Where something is to be listened for. */
export interface ListenAddress {
  host: string;
  port: number;
}

/** Returns the address in `<host>:<port>`; without a host, that of all networks. Undefined if none is given. Throws FLAG_INVALID. */
export function listenAddressOf(given: Picked): ListenAddress | undefined {
  if (!isGiven(given)) return undefined;
  const text = String(given.value);
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? [];
  const number = Number(port);
  if (port === '' || number === 0 || number > 65_535) {
    throw new K3vError('FLAG_INVALID', `${given.from} is ${JSON.stringify(given.value)}`, {
      hint: 'It must be an address and a port, such as 127.0.0.1:9090.',
    });
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0', port: number };
}
