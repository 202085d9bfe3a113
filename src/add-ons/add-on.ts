import type { KubeObject, Resource } from '../kube/types.ts';

/** One object of an add-on. */
export interface AddOnObject {
  resource: Resource;
  object: KubeObject;
  /** Whether what a tenant changed in it stays when k3v has a newer version of it. Default: false, k3v's fields win. */
  editable?: boolean;
}

/** Objects that k3v puts into the virtual cluster so that it has what every cluster has. */
export interface AddOn {
  /** As `--disable` has it. */
  name: 'coredns';
  /** In the order in which they are made. */
  objects: AddOnObject[];
  /** Of these objects, the one that stands for all: where the tenant has one of its own, the whole add-on is left out. */
  core: AddOnObject;
}
