/** Which proxies downloads go through; an empty text is none. */
export interface ProxySettings {
  /** For `http:` and, where `httpsProxy` is empty, for `https:`. */
  httpProxy: string;
  httpsProxy: string;
  /** Hosts that are asked directly: names, `.suffixes`, `*`, each with a port or without; separated by commas or spaces. */
  noProxy: string;
}

/** Goes through no proxy. */
export const noProxies: ProxySettings = { httpProxy: '', httpsProxy: '', noProxy: '' };

/**
 * Returns what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. As in curl and Go, lower case counts too, and a proxy without a scheme
 * speaks HTTP.
 */
export function proxySettings(env: Record<string, string | undefined>): ProxySettings {
  const read = (name: string) => env[name.toLowerCase()] || env[name] || '';
  const url = (text: string) => (text === '' || text.includes('://') ? text : `http://${text}`);
  return { httpProxy: url(read('HTTP_PROXY')), httpsProxy: url(read('HTTPS_PROXY')), noProxy: read('NO_PROXY') };
}
