/**
 * What a tenant's cluster-admin may put on the host. `none`: whatever the host itself takes. `baseline`: nothing by which a pod gets at its node
 * or at others there. `restricted`: what the Pod Security Standard of that name asks for besides.
 */
export type Isolation = 'none' | 'baseline' | 'restricted';

/** From the loosest to the strictest. */
export const isolations = ['none', 'baseline', 'restricted'] as const satisfies readonly Isolation[];
