/** A label selector (metav1.LabelSelector). */
export interface Selector {
  matchLabels?: Record<string, string> | undefined;
  matchExpressions?: Requirement[] | undefined;
}

/** One line of `matchExpressions`; its operator is `In`, `NotIn`, `Exists` or `DoesNotExist`, and where nodes are selected or a selector is read from text also `Gt` or `Lt`. */
export interface Requirement {
  key: string;
  operator: string;
  values?: string[] | undefined;
}

/** Whether `selector` selects an object with `labels`. One without requirements selects everything. */
export function selects({ matchLabels, matchExpressions }: Selector, labels: Record<string, string> = {}): boolean {
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (matchExpressions ?? []).every((requirement) => holds(requirement, labels))
  );
}

/** Whether `selector` asks for anything; one that does not selects everything. */
export function hasRequirements({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels ?? {}).length > 0 || (matchExpressions ?? []).length > 0;
}

function holds({ key, operator, values = [] }: Requirement, labels: Record<string, string>): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number.parseInt(value ?? '', 10) > Number.parseInt(values[0] ?? '', 10);
    case 'Lt':
      return Number.parseInt(value ?? '', 10) < Number.parseInt(values[0] ?? '', 10);
    default:
      return false;
  }
}
