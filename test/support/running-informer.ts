import type { Identity } from '../../src/kube/http-transport.ts';
import type { ListOptions } from '../../src/kube/client.ts';
import type { Informer } from '../../src/kube/informer.ts';
import { createKubeClient } from '../../src/kube/rest-client.ts';
import { createInformer } from '../../src/kube/store-informer.ts';
import { type ConfigMap, type KubeObject, resources } from '../../src/kube/types.ts';

const anonymous: Identity = { tls: {}, headers: {} };

/** Returns a client of `url` without credentials, or with those given. */
export function clientOf(url: string, credentials: () => Promise<Identity> = async () => anonymous) {
  return createKubeClient({ server: url, credentials });
}

/** An informer on ConfigMaps that runs, with all that it told so far. */
export interface RunningInformer {
  informer: Informer<ConfigMap>;
  /** `+key@version`, `~key@version` or `-key`, in the order they came. */
  told: string[];
  errors: unknown[];
  stop: () => Promise<void>;
}

/** Starts an informer on the ConfigMaps of the API server at `url`; `stop` ends it and its client. */
export function runInformer(
  url: string,
  { options = {}, before }: { options?: ListOptions; before?: (informer: Informer<ConfigMap>) => void } = {},
): RunningInformer {
  const client = clientOf(url);
  const told: string[] = [];
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const informer = createInformer<ConfigMap>({ client, resource: resources.configMaps, options, onError });
  informer.onChange(({ previous, current }) => told.push(wordFor(previous, current)));
  before?.(informer);
  const ending = new AbortController();
  const running = informer.start(ending.signal);
  const stop = async () => {
    ending.abort();
    await running;
    client.close();
  };
  return { informer, told, errors, stop };
}

/** Returns a ConfigMap in the namespace `shop`. */
export function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data };
}

function wordFor(previous: KubeObject | undefined, current: KubeObject | undefined): string {
  if (!current) return `-${previous?.metadata.name}`;
  return `${previous ? '~' : '+'}${current.metadata.name}`;
}
