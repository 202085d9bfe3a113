import { runGo } from '../../src/control-plane/go-tool.ts';
import { moduleDirectory } from '../../src/control-plane/module-directory.ts';
import { version } from '../../src/version.ts';
import { nodeVersion } from '../binary/targets.ts';
import { packedGoPrograms } from '../packed-go-programs.ts';
import { readLock } from './npm-packages.ts';

/** A component in CycloneDX's words. */
export interface Component {
  type: string;
  name: string;
  version: string;
  purl: string;
  'bom-ref': string;
  /** SPDX expressions. */
  licenses?: { expression: string }[];
}

const moduleFormat =
  '{{with .Module}}{{if .Replace}}{{.Replace.Path}} {{.Replace.Version}}{{else}}{{.Path}} {{.Version}}{{end}}{{end}}';

/**
 * Returns the bill of materials of a release, CycloneDX 1.6 in JSON: the npm packages that k3v runs with, as the lock of the repository at `root` has them, Node, and the
 * Go modules that have a package in one of the programs for Linux. The same tree gives the same text. Rejects with what go says.
 */
export async function billOfMaterials(root: string): Promise<string> {
  const packages = readLock(root).flatMap(({ name, version: packageVersion, licence, isDev }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${packageVersion}`;
    const component = componentOf({ type: 'library', name, version: packageVersion, purl });
    return isDev ? [] : [licence === '' ? component : { ...component, licenses: [{ expression: licence }] }];
  });
  const node = componentOf({
    type: 'platform',
    name: 'node',
    version: nodeVersion,
    purl: `pkg:generic/node@${nodeVersion}`,
  });
  const modules = (await Promise.all(Object.entries(packedGoPrograms).map(modulesOf))).flat();
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: componentOf({ type: 'application', name: 'k3v', version, purl: `pkg:generic/k3v@${version}` }),
    },
    components: [...new Map([...packages, node, ...modules].map((each) => [each.purl, each])).values()],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

async function modulesOf([folder, packages]: [string, readonly string[]]): Promise<Component[]> {
  const moduleDir = await moduleDirectory(folder);
  const { signal } = new AbortController();
  const listed = await runGo({ moduleDir, cgo: false, signal }, ['list', '-deps', '-f', moduleFormat, ...packages]);
  return goComponents(listed);
}

/** Returns a component for each line `<module> <version>` of `listed`, each once; the standard library and the module that only pins the others have none. */
export function goComponents(listed: string): Component[] {
  const modules = new Set(listed.split('\n').filter((line) => /^\S+ \S+$/.test(line)));
  return [...modules].toSorted().map((line) => {
    const [name = '', moduleVersion = ''] = line.split(' ');
    return componentOf({ type: 'library', name, version: moduleVersion, purl: `pkg:golang/${name}@${moduleVersion}` });
  });
}

function componentOf(component: Omit<Component, 'bom-ref'>): Component {
  return { ...component, 'bom-ref': component.purl };
}
