import type { Requirement } from './label-selector.ts';

const key = String.raw`[A-Za-z0-9][A-Za-z0-9._/-]*`;
const value = String.raw`[A-Za-z0-9._-]*`;
const forms: { pattern: RegExp; requirement: (key: string, operator: string, values: string) => Requirement }[] = [
  { pattern: new RegExp(`^(${key})$`), requirement: (name) => ({ key: name, operator: 'Exists' }) },
  { pattern: new RegExp(`^!\\s*(${key})$`), requirement: (name) => ({ key: name, operator: 'DoesNotExist' }) },
  {
    pattern: new RegExp(`^(${key})\\s*(==?|!=)\\s*(${value})$`),
    requirement: (name, operator, text) => ({
      key: name,
      operator: operator === '!=' ? 'NotIn' : 'In',
      values: [text],
    }),
  },
  {
    pattern: new RegExp(`^(${key})\\s*([<>])\\s*(-?\\d+)$`),
    requirement: (name, operator, text) => ({ key: name, operator: operator === '>' ? 'Gt' : 'Lt', values: [text] }),
  },
  {
    pattern: new RegExp(`^(${key})\\s+(in|notin)\\s*\\(((?:\\s*${value}\\s*,)*\\s*${value}\\s*)\\)$`),
    requirement: (name, operator, list) => ({
      key: name,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: list.split(',').map((each) => each.trim()),
    }),
  },
];

/**
 * Returns the requirements in `text`, the form that stands in queries (`app=web,tier in (a,b),!old`), or undefined if it is none.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
export function parseLabelSelector(text: string): Requirement[] | undefined {
  const requirements: Requirement[] = [];
  if (text.trim() === '') return requirements;
  // A comma inside parentheses belongs to a list of values.
  for (const part of text.split(/,(?![^(]*\))/)) {
    const requirement = requirementIn(part.trim());
    if (!requirement) return undefined;
    requirements.push(requirement);
  }
  return requirements;
}

function requirementIn(part: string): Requirement | undefined {
  for (const { pattern, requirement } of forms) {
    const [, name, operator = '', values = ''] = pattern.exec(part) ?? [];
    if (name !== undefined) return requirement(name, operator, values);
  }
  return undefined;
}
