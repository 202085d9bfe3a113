import { isIPv6 } from 'node:net';
import type { DatastoreTls, EtcdDatastore, ExternalDatastore } from './datastore.ts';

/** What is wrong with an endpoint, to go on after its name, and what it must be; without any part of it that could be a password. */
interface Refusal {
  wrong: string;
  wanted: string;
}

type Parsed = ExternalDatastore | Refusal;

const forms =
  'postgres://user:password@host:5432/database, mysql://user:password@tcp(host:3306)/database or https://host:2379';

/** Returns the datastore that `endpoint` names, in the forms of kine and k3s, for the virtual cluster `id`; or why it names none. */
export function parseDatastore(endpoint: string, { id, tls }: { id: string; tls: DatastoreTls }): Parsed {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint)?.[1]?.toLowerCase();
  const rest = endpoint.replace(/^[^:]*:\/\//, '');
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return parsePostgres(rest, tls);
    case 'mysql':
      return parseMysql(rest, tls);
    case 'http':
    case 'https':
      return parseEtcd(endpoint, { scheme, prefix: `/k3v/${id}`, tls });
    case undefined:
      return { wrong: 'has no scheme', wanted: forms };
    default:
      return { wrong: `has the scheme "${scheme}", which is none of a datastore`, wanted: forms };
  }
}

/** `user:password@host:port,host:port/database?parameters`, all but the hosts percent-encoded. */
function parsePostgres(rest: string, tls: DatastoreTls): Parsed {
  const wanted = 'postgres://user:password@host:5432/database';
  const [, login, hosts = '', path, query = ''] =
    /^(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^/?#]*))?(\?[^#]*)?$/.exec(rest) ?? [];
  if (hosts === '' && path === undefined) {
    const wrong = rest === '' ? 'names no host' : 'cannot be read';
    return { wrong, wanted: `${wanted}, with %40, %2F, %3F and %23 for @, /, ? and # in user and password` };
  }
  if (hosts === '') return { wrong: 'names no host', wanted };
  const [user, ...password] = (login ?? '').split(':').map(decoded);
  // kine folds it to lower case.
  const database = decoded(path ?? '')?.toLowerCase();
  if (user === undefined || password.length > 1 || password.includes(undefined) || database === undefined) {
    return { wrong: 'is not percent-encoded', wanted: `${wanted}, with %25 for % and %3A for : in user and password` };
  }
  if (database === '') return { wrong: 'names no database', wanted };
  const members = hosts.split(',').map((host) => withPort(host, 5432));
  if (!members.every((member) => member !== undefined)) return { wrong: 'has a host or port that is none', wanted };
  const [secret] = password;
  // Written anew, so that what kine is given can be parsed: it would show all of what cannot.
  const encodedLogin = [user, ...(secret === undefined ? [] : [secret])].map(encodeURIComponent).join(':');
  const secretEndpoint = `postgres://${encodedLogin === '' ? '' : `${encodedLogin}@`}${members.join(',')}/${encodeURIComponent(database)}${encodedQuery(query)}`;
  return { kind: 'sql', scheme: 'postgres', user, members, database, secretEndpoint, tls };
}

/** The DSN of Go's driver, in which nothing is encoded: `user:password@tcp(host:port)/database?parameters`. */
function parseMysql(rest: string, tls: DatastoreTls): Parsed {
  const wanted = 'mysql://user:password@tcp(host:3306)/database';
  const [, login = '', protocol, address = '', database = ''] =
    /^(?:(.*)@)?(?:(tcp|unix)\(([^()]*)\))\/([^/?]*)(?:\?[^/]*)?$/s.exec(rest) ?? [];
  if (protocol === undefined) return { wrong: 'cannot be read', wanted: `${wanted}, with %2F for / in parameters` };
  if (address === '') return { wrong: 'names no host', wanted };
  if (database === '') return { wrong: 'names no database', wanted };
  const member = protocol === 'unix' ? address : withPort(address, 3306);
  if (member === undefined) return { wrong: 'has a host or port that is none', wanted };
  const [user = ''] = login.split(':', 1);
  const secretEndpoint = `mysql://${rest}`;
  return { kind: 'sql', scheme: 'mysql', user, members: [member], database, secretEndpoint, tls };
}

/** `https://host:port,https://host:port`, each member with the same scheme. */
function parseEtcd(endpoint: string, about: Pick<EtcdDatastore, 'scheme' | 'prefix' | 'tls'>): Parsed {
  const { scheme, tls } = about;
  const wanted = `${scheme}://host:2379, several members with commas between them`;
  const found = endpoint.split(',').map((member) => /^(https?):\/\/([^/?#]*)\/?$/i.exec(member.trim()));
  if (found.some((match) => match === null)) return { wrong: 'cannot be read', wanted };
  const parts = found.map((match) => ({ scheme: match?.[1]?.toLowerCase(), host: match?.[2] ?? '' }));
  if (parts.some(({ host }) => host.includes('@'))) {
    return { wrong: 'has a user or password', wanted: `${wanted}; etcd knows k3v by --datastore-certfile` };
  }
  if (parts.some((part) => part.scheme !== scheme)) return { wrong: 'mixes http and https', wanted };
  if (parts.some(({ host }) => host === '' || host.startsWith(':'))) return { wrong: 'names no host', wanted };
  const members = parts.map(({ host }) => withPort(host, undefined));
  if (!members.every((member) => member !== undefined)) return { wrong: 'has a member without a port', wanted };
  if (scheme === 'http' && Object.values(tls).some((file) => file !== undefined)) {
    return { wrong: 'is http, yet files for TLS are given', wanted: wanted.replace('http:', 'https:') };
  }
  return { kind: 'etcd', members, ...about };
}

/** Returns `host:port`, undefined if that is none. */
function withPort(given: string, defaultPort: number | undefined): string | undefined {
  const [, bracketed, name, port = defaultPort] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(given) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? `[${bracketed}]:${port}` : undefined;
  return name === undefined ? undefined : `${name.toLowerCase()}:${port}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function encodedQuery(query: string): string {
  const parameters = new URLSearchParams(query).toString();
  return parameters === '' ? '' : `?${parameters}`;
}
