import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { HostOwner } from '../translate/translator.ts';
import type { EnqueueRule } from './enqueue-rule.ts';
import type { IndexRule } from './index-rule.ts';
import type { IssuerClock } from './issuer-clock.ts';
import type { SyncContext } from './sync-context.ts';

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
  /** The whole object as it is to be. Written only while it is as it was looked at; the change is looked at again before anything else is done. */
  become?: V | undefined;
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
  /** Of the virtual API server, which issues tokens. */
  issuerClock: IssuerClock;
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
  /** Whether the host object stays when its virtual object goes, and becomes that of whatever comes under the name. Default: neither. */
  outlives?(owner: Pick<HostOwner, 'namespace' | 'name'>): boolean;
  /** Whether `virtual` may ever cross, by what cannot change of it: changes of one that may not are not looked at. Default: all may. */
  mayCross?(virtual: V): boolean;
  /** Whether a change of a virtual object is worth a look: `previous` is undefined of one that comes, `current` of one that goes. Default: each is. */
  matters?(previous: V | undefined, current: V | undefined): boolean;
  /** Whether `virtual` crosses now. Default: always. An object that no longer crosses loses its host object. */
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
  /** Whether `host` was made for what `virtual` does not ask for and cannot change, so that it has to be made anew. For `runs`: while it does not run yet. */
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
  /** Whether the host's garbage collector removes `host` in time, whatever labels it has. Default: it does not. */
  isCollected?(host: H): boolean;
  /** Called when both objects have gone. */
  afterGone?(key: string): Promise<void>;
  /** What `k3v status` calls it. Default: the host kind's plural. */
  statusName?: string;
}

/** Checks and returns a syncer definition. */
export function defineSyncer<V extends KubeObject, H extends KubeObject = V>(
  definition: SyncerDefinition<V, H>,
): SyncerDefinition<V, H> {
  return definition;
}
