import type { KubeClient } from '../kube/client.ts';
import type { Lister } from '../kube/informer.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { Translator } from '../translate/translator.ts';

/** What a definition may look at while it translates: nothing but local stores. */
export interface SyncContext {
  readonly translator: Translator;
  /** All namespaces of the virtual cluster. */
  readonly virtual: Side;
  /** Managed objects of the host namespace; nodes and storage classes whole, where k3v may read them. */
  readonly host: Side;
  readonly settings: SyncSettings;
}

/** The stores of one side. */
export interface Side {
  /** Whether this resource is watched; false for optional host resources that k3v may not read. */
  has(resource: Resource): boolean;
  /** Throws if no definition asked for the resource. Empty if `has` is false. */
  lister<T extends KubeObject>(resource: Resource): Lister<T>;
}

export interface SyncSettings {
  /** DNS domain of both clusters. Default: `cluster.local`. */
  clusterDomain: string;
  /** Whether k3v runs cluster DNS, so that pods have to wait for its address. Default: false, the tenant may. */
  runsDns?: boolean;
  /** Whether the host lets k3v open the readiness gates of pods (`patch` on `pods/status`). Default: true. */
  writesPodStatus?: boolean;
  /** Which nodes of the host the tenant sees: all, or those that run pods of this cluster. Default: all. What k3v does not read counts by its pods. */
  nodes?: 'all' | 'used';
  /** What `--sync` calls the kinds that it switches on. Default: none. */
  optIn?: ReadonlySet<string>;
  /** Plural names of the kinds of which all objects cross, used or not. */
  syncAll: ReadonlySet<string>;
}

/** Says which keys of a definition want a look when an object of another kind changes (called for its old and its new form). */
export interface EnqueueRule {
  side: 'virtual' | 'host';
  resource: Resource;
  keys: (object: KubeObject, context: SyncContext) => string[];
}

/** Returns the rule that a change of `resource` on `side` enqueues `keys`. */
export function enqueueFrom<T extends KubeObject>(
  side: 'virtual' | 'host',
  resource: Resource,
  keys: (object: T, context: SyncContext) => string[],
): EnqueueRule {
  return { side, resource, keys: (object, context) => keys(object as T, context) };
}

/** An index that a definition wants on a store: read with `context.<side>.lister(resource).byIndex(name, value)`. */
export interface IndexRule {
  side: 'virtual' | 'host';
  resource: Resource;
  name: string;
  values: (object: KubeObject) => string[];
}

/** Returns the index `name` over `resource` on `side`. */
export function indexBy<T extends KubeObject>(
  side: 'virtual' | 'host',
  resource: Resource,
  name: string,
  values: (object: T) => string[],
): IndexRule {
  return { side, resource, name, values: (object) => values(object as T) };
}

/** What the virtual object should become, seen from its host object. Only differences are written. */
export interface VirtualChange<V extends KubeObject> {
  /** Binds the pod to this node (`pods/binding`) if it has none. The engine waits until the virtual node exists. */
  bindTo?: string | undefined;
  /** Fields of the object (not of its status) in the shape of a merge patch. */
  patch?: { [field: string]: unknown } | undefined;
  /** The whole status that the virtual object should have; fields left out are removed. */
  status?: V extends { status?: infer S } ? S : unknown;
  /** What the tenant should know of the object; becomes a Warning event. */
  warning?: { reason: string; message: string } | undefined;
  /** The object must be deleted and made again in this form, because a field that cannot change is wrong. */
  recreateAs?: V | undefined;
}

/** A part of a host object that is changed through a subresource of its own. */
export interface SubresourceRule<V extends KubeObject, H extends KubeObject> {
  /** For example `ephemeralcontainers`. */
  subresource: string;
  /** Returns the strategic merge patch that gives `host` what `virtual` has, or undefined if it has it. */
  patch: (virtual: V, host: H, context: SyncContext) => object | undefined;
}

/** What `complete` works with. */
export interface CompletionTools {
  /** The virtual API server. */
  client: KubeClient;
  nowMs: number;
}

/** A host object with everything in it, and when to look at it again. */
export interface Completion<H extends KubeObject> {
  object: H;
  againMs: number;
}

/**
 * One virtual kind that is mirrored on the host. Declares and translates; fetching, deciding, writing, recording,
 * events and back-off are the engine's.
 */
export interface SyncerDefinition<V extends KubeObject, H extends KubeObject = V> {
  /** The virtual kind. */
  resource: Resource;
  /** The host kind. Default: the same. */
  hostResource?: Resource;
  /** The kind that goes into the host name and the owner mark. Default: the host kind's own. */
  namedAs?: string;
  /** Whether `virtual` crosses. Default: always. An object that no longer crosses loses its host object. */
  selects?(virtual: V, context: SyncContext): boolean;
  /** If set, only objects that one of these users names cross (unless `settings.syncAll` has the plural). */
  usedBy?: EnqueueRule[];
  enqueuedBy?: EnqueueRule[];
  indexes?: IndexRule[];
  /** Host resources that are read if allowed. */
  optionalHostResources?: Resource[];
  /** Returns the host object that `virtual` should have. Pure. Throws NotYet if something it needs is not there yet. */
  toHost(virtual: V, context: SyncContext): H;
  /**
   * Dotted paths of fields that are wholly k3v's: what the host has beyond the wanted value is removed. Everywhere else
   * only the wanted fields are compared and a list is taken as one value. Labels and annotations need no mention: the
   * engine keeps those of others.
   */
  wholeFields?: string[] | ((desired: H, live: H) => string[]);
  /** Returns the strategic merge patch that makes `host` what `desired` asks for, or undefined if it is. Replaces the comparison by fields, for kinds of which most cannot change. */
  hostPatch?: (desired: H, host: H, context: SyncContext) => object | undefined;
  /** Changes that go through subresources of the host object once it exists. */
  hostSubresources?: SubresourceRule<V, H>[];
  /**
   * What a vanished host object means. `mirrors` (default): it is made again; it is deleted after the virtual object.
   * `runs`: the host's object lives by itself: the virtual object's deletion is passed on first and completed when the
   * host's has gone, and a host object that is deleted ends the virtual one.
   */
  life?: 'mirrors' | 'runs';
  /** For `runs`: whether the virtual or the host object shows that the host began to run it, so that a missing one has vanished. */
  wasOnHost?(object: V | H): boolean;
  /** For `runs`: whether `host`, which does not run yet, was made for what `virtual` no longer asks for and cannot change, so that it has to be made anew. */
  isOutdated?(virtual: V, host: H, context: SyncContext): boolean;
  toVirtual?(host: H, virtual: V, context: SyncContext): VirtualChange<V>;
  /** Returns what a virtual object becomes whose host object has been deleted and cannot be made again, because something was in it; undefined if it can. */
  whenLost?(virtual: V): VirtualChange<V> | undefined;
  /** Returns what to ask for instead of `desired` when the host refuses it (422), or undefined to give up and tell the tenant. */
  whenInvalid?(desired: H, message: string): H | undefined;
  /** Called before each creation. Throws NotYet while the host lacks something that the object needs from its first moment. */
  beforeCreate?(virtual: V, context: SyncContext): void;
  /**
   * Adds to `desired` what only the virtual API server can give, such as signed tokens, and keeps what `live` has of it as long as that is good.
   * Awaited before each creation and each comparison; writes nothing itself.
   */
  complete?(desired: H, live: H | undefined, virtual: V, tools: CompletionTools): Promise<Completion<H>>;
  /** Called when both objects have gone. */
  afterGone?(key: string): Promise<void>;
  /** What `k3v status` calls it. Default: the host kind's plural. */
  statusName?: string;
}

/**
 * One virtual kind that k3v makes from what the host shows: nodes, stand-in volumes, storage classes. Only virtual objects with the
 * managed label are changed or deleted.
 */
export interface MirrorDefinition<V extends KubeObject> {
  resource: Resource;
  /** Keys that are looked at from the start, whether or not anything stands there. */
  always?: string[];
  /** Host resources that are read if allowed. */
  optionalHostResources?: Resource[];
  /** A host resource of which all objects are read but those that k3v makes; in the host namespace, if it has namespaces. */
  reads?: Resource;
  enqueuedBy: EnqueueRule[];
  indexes?: IndexRule[];
  /** Returns the virtual object that should stand under `key`, status included, or undefined for none. Pure. */
  fromHost(key: string, context: SyncContext): V | undefined;
  /** Whether an object may be deleted and made again when the API server does not let it change. Default: false. */
  mayBeMadeAnew?: boolean;
  /** Returns what the tenant should know of an object of this kind that they made themselves. */
  warnOfForeign?(object: V): { reason: string; message: string } | undefined;
  /** The status an object gets before it is deleted, where a finalizer waits for one. */
  lastStatus?: object;
  wholeFields?: string[];
}

/** Checks and returns a syncer definition. */
export function defineSyncer<V extends KubeObject, H extends KubeObject = V>(
  definition: SyncerDefinition<V, H>,
): SyncerDefinition<V, H> {
  return definition;
}

/** Checks and returns a mirror definition. */
export function defineMirror<V extends KubeObject>(definition: MirrorDefinition<V>): MirrorDefinition<V> {
  return definition;
}

/**
 * Thrown by a definition when the object has to wait for something else; it is tried again with back-off and when `enqueuedBy` says so. With
 * `event`, a word such as `FailedMount`, the tenant is told by a Warning event of that reason.
 */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  readonly event: string | undefined;

  constructor(message: string, { event, cause }: { event?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.event = event;
  }
}
