/** Files of a release that the formula is made of. */
export const formulaFiles = ['k3v-macos-arm64', 'k3v-macos-x64', 'k3v-linux-arm64', 'k3v-linux-x64'] as const;

export interface FormulaFacts {
  version: string;
  /** Address of all releases, without a slash at its end. */
  releases: string;
  /** SHA-256 in hex of each file. */
  sums: Readonly<Record<(typeof formulaFiles)[number], string>>;
}

/** Returns the Homebrew formula of a release: see "Formula Cookbook" in Homebrew's documentation. */
export function homebrewFormula({ version, releases, sums }: FormulaFacts): string {
  const on = (system: 'macos' | 'linux', machine: 'arm' | 'intel') => {
    const file = `k3v-${system}-${machine === 'arm' ? 'arm64' : 'x64'}` as const;
    return [
      `    on_${machine} do`,
      `      url "${releases}/download/v${version}/${file}"`,
      `      sha256 "${sums[file]}"`,
      '    end',
    ];
  };
  return `${[
    'class K3v < Formula',
    '  desc "Virtual Kubernetes cluster in one namespace of a host cluster"',
    `  homepage "${releases.replace(/\/releases$/, '')}"`,
    `  version "${version}"`,
    '  license "Apache-2.0"',
    '',
    '  on_macos do',
    ...on('macos', 'arm'),
    ...on('macos', 'intel'),
    '  end',
    '',
    '  on_linux do',
    ...on('linux', 'arm'),
    ...on('linux', 'intel'),
    '  end',
    '',
    '  def install',
    '    bin.install Dir["k3v-*"].first => "k3v"',
    '    bin.install_symlink "k3v" => "k3k"',
    '    generate_completions_from_executable(bin/"k3v", "completion")',
    '  end',
    '',
    '  test do',
    '    assert_match "k3v #{version}", shell_output("#{bin}/k3v version")',
    '    assert_match "k3k cluster create", shell_output("#{bin}/k3k --help")',
    '    assert_match "kind: Role", shell_output("#{bin}/k3v host-role --namespace dev")',
    '  end',
    'end',
  ].join('\n')}\n`;
}
