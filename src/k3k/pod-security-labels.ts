import type { PolicySpec } from './types.ts';

type Level = NonNullable<PolicySpec['podSecurityAdmissionLevel']>;
type Labels = Record<string, string>;

const label = (name: string) => `pod-security.kubernetes.io/${name}`;
const owned = ['enforce', 'enforce-version', 'warn', 'warn-version'].map(label);
/** Annotation of a namespace: the Pod Security labels that it had before a policy put its own there, as JSON; null stands for none. */
const beforeAnnotation = 'policy.k3k.io/pod-security-before';

/** Labels and annotations to be changed; null stands for those to be taken off. */
export interface MetadataChange {
  labels: Record<string, string | null>;
  annotations: Record<string, string | null>;
}

/**
 * Returns what has to change of a namespace with `labels` and `annotations` so that it has the Pod Security labels of `level`; undefined stands for no level, which
 * gives it back those that it had before. What somebody else changes while a level holds is put back.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export function podSecurityChange(
  level: Level | undefined,
  labels: Labels = {},
  annotations: Labels = {},
): MetadataChange {
  const desired = level ? labelsOf(level) : {};
  const before = new Map(Object.entries(readBefore(annotations[beforeAnnotation])));
  const change: MetadataChange = { labels: {}, annotations: {} };
  const set = (key: string, value: string | null) => {
    if ((labels[key] ?? null) !== value) change.labels[key] = value;
  };
  for (const key of owned) {
    const value = desired[key];
    if (value !== undefined) {
      if (!before.has(key)) before.set(key, labels[key] ?? null);
      set(key, value);
    } else if (before.has(key)) {
      set(key, before.get(key) ?? null);
      before.delete(key);
    }
  }
  const kept = before.size > 0 ? JSON.stringify(Object.fromEntries(before)) : null;
  if ((annotations[beforeAnnotation] ?? null) !== kept) change.annotations[beforeAnnotation] = kept;
  return change;
}

/** As K3K: whoever makes a pod by hand is warned as well. Nothing is worth a warning where everything is allowed. */
function labelsOf(level: Level): Labels {
  const words = level === 'privileged' ? ['enforce'] : ['enforce', 'warn'];
  return Object.fromEntries(
    words.flatMap((word) => [
      [label(word), level],
      [label(`${word}-version`), 'latest'],
    ]),
  );
}

function readBefore(text: string | undefined): Record<string, string | null> {
  try {
    const read: unknown = JSON.parse(text ?? '{}');
    if (typeof read !== 'object' || read === null) return {};
    return Object.fromEntries(
      Object.entries(read).filter(
        ([key, value]) => owned.includes(key) && (typeof value === 'string' || value === null),
      ),
    );
  } catch {
    // Somebody wrote into it: what was there before is lost.
    return {};
  }
}
