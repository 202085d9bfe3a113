import type { Duplex } from 'node:stream';
import type { Node } from '../kube/types.ts';

/** Stands in for the kubelets of all nodes. Serves until `close`. */
export interface KubeletFacade {
  /** Serves one connection that the API server dialled to the kubelet port of `node`, TLS first, and ends it. Never throws. */
  serve(connection: Duplex, node: Node): void;
  /** Ends every connection; resolves when nothing of it is left. */
  close(): Promise<void>;
}
