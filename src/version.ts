import manifest from '../package.json' with { type: 'json' };

/** This program's version, for example `0.1.0`. */
export const version: string = manifest.version;

/** What k3v calls itself to API servers: tells it from the tenant, in an audit log of the virtual cluster where both are cluster-admin, and from others on the host. */
export const userAgent = `k3v/${version}`;
