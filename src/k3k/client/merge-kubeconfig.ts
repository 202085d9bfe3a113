import { type Document, type YAMLMap, isCollection, isMap, isSeq, parseDocument } from 'yaml';
import { currentOf, parseKubeconfig } from '../../kube/kubeconfig.ts';

/** Which cluster an entry is of, for the next time: that of the same name on another host is another one. */
export interface EntryOwner {
  /** URL of the API server of the host. */
  host: string;
  /** `<namespace>/<name>` of the Cluster. */
  cluster: string;
}

/** Name of the extension that says so. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
const extension = 'k3k.io';

/** The lists of a kubeconfig, and in each the key of what an entry holds. */
const lists = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;

/**
 * Returns the kubeconfig `text`, which may be empty, with the current context of `added` in it as `name`, also its current one with `use` or where there is none. What else is there
 * stays as it is, with its comments. Entries of that name are replaced if `owner` is theirs. Throws an Error that says what is wrong with `text`, or whose entry it would be.
 */
export function mergeKubeconfig(
  text: string,
  added: string,
  { name, owner, use }: { name: string; owner: EntryOwner; use: boolean },
): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(error.message.split('\n')[0]);
  const root = rootOf(document);
  for (const [list, entry] of Object.entries(entriesOf(added, name, owner))) {
    put(document, root, list, { name, [lists[list as keyof typeof lists]]: entry });
  }
  const current = root.get('current-context');
  if (use || current === undefined || current === null || current === '') root.set('current-context', name);
  return isJson(text) ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString({ lineWidth: 0 });
}

/** All JSON is YAML, but YAML that begins so is not always JSON. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function rootOf(document: Document): YAMLMap {
  if (document.contents === null) {
    document.contents = document.createNode({ apiVersion: 'v1', kind: 'Config' });
  }
  const root = document.contents;
  if (!isMap(root)) throw new Error('it is no map');
  const kind = root.get('kind') ?? 'Config';
  if (kind !== 'Config') throw new Error(`its kind is ${JSON.stringify(kind)}, not "Config"`);
  return root;
}

/** Returns what the entries are to hold. */
function entriesOf(added: string, name: string, owner: EntryOwner): Record<keyof typeof lists, object> {
  const { context } = currentOf(parseKubeconfig(added));
  const content: unknown = parseDocument(added).toJS();
  const extensions = [{ name: extension, extension: owner }];
  const held = (list: keyof typeof lists, wanted: string | undefined): object => {
    const all: unknown[] = Array.from(Reflect.get(Object(content), list) ?? []);
    const found = all.find((each) => Reflect.get(Object(each), 'name') === wanted);
    return { ...Object(Reflect.get(Object(found), lists[list])), extensions };
  };
  return {
    clusters: held('clusters', context?.cluster),
    users: held('users', context?.user),
    contexts: { ...held('contexts', context?.name), cluster: name, user: name },
  };
}

function put(document: Document, root: YAMLMap, list: string, entry: { name: string }): void {
  if ((root.get(list) ?? null) === null) {
    root.delete(list);
    root.set(list, document.createNode([]));
  }
  const found = root.get(list, true);
  if (!isSeq(found)) throw new Error(`its ${list} are no list`);
  const node = document.createNode(entry);
  // An empty list is written as [], and what comes into it would be on the same line.
  if (found.items.length === 0 && root.flow !== true) found.flow = false;
  const at = found.items.findIndex((item) => isMap(item) && item.get('name') === entry.name);
  if (at === -1) return found.add(node);
  const before: unknown = isCollection(found.items[at]) ? found.items[at].toJS(document) : undefined;
  if (!isOurs(before, entry)) throw new Error(`its ${list} have a ${entry.name} that is not of this cluster`);
  found.set(at, node);
}

function isOurs(before: unknown, after: unknown): boolean {
  const owner = ownerIn(before);
  return owner !== undefined && owner === ownerIn(after);
}

/** Returns who is said to own an entry, as text. */
function ownerIn(entry: unknown): string | undefined {
  const values: unknown[] = Object.values(Object(entry));
  const extensions = values.flatMap((held): unknown[] => Array.from(Reflect.get(Object(held), 'extensions') ?? []));
  const found = extensions.find((each) => Reflect.get(Object(each), 'name') === extension);
  const owner: unknown = Reflect.get(Object(found), 'extension');
  return owner === undefined
    ? undefined
    : JSON.stringify([Reflect.get(Object(owner), 'host'), Reflect.get(Object(owner), 'cluster')]);
}
