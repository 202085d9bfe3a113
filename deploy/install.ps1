# Installs k3v on Windows: downloads k3v-win-x64.exe, checks its SHA-256 sum against the checksums of the release, and puts it in place.
#
#   $env:K3V_VERSION      release to install, such as v0.2.0; else the latest
#   $env:K3V_INSTALL_DIR  folder to put it in; else %LOCALAPPDATA%\Programs\k3v
#   $env:K3V_RELEASES     https address of the releases; else where this script was released
#
# Throws one line that says why it could not, and leaves what was there before untouched.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

function Install-K3v {
    $releases = if ($env:K3V_RELEASES) { $env:K3V_RELEASES } else { '@RELEASES@' }
    if ($releases.StartsWith('@')) {
        throw 'install k3v: this copy of the script was not released: set $env:K3V_RELEASES to the address of the releases'
    }
    if (-not ($releases.StartsWith('https://') -or $releases.StartsWith('http://127.0.0.1:'))) {
        throw "install k3v: the address of the releases is ""$releases"": give one that begins with https://"
    }
    if (-not [Environment]::Is64BitOperatingSystem) {
        throw 'install k3v: there is no k3v for 32-bit Windows'
    }
    $file = 'k3v-win-x64.exe'
    $folder = if ($env:K3V_INSTALL_DIR) { $env:K3V_INSTALL_DIR } else { Join-Path $env:LOCALAPPDATA 'Programs\k3v' }
    $from = if ($env:K3V_VERSION) {
        "$($releases.TrimEnd('/'))/download/v$($env:K3V_VERSION.TrimStart('v'))"
    } else {
        "$($releases.TrimEnd('/'))/latest/download"
    }

    New-Item -ItemType Directory -Force -Path $folder | Out-Null
    # In the same folder, so that putting it in place is one rename.
    $work = Join-Path $folder ".k3v-install-$([Guid]::NewGuid().ToString('N'))"
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        Write-Host "Downloading $from/$file"
        $checksums = Join-Path $work 'checksums.txt'
        $downloaded = Join-Path $work 'k3v.exe'
        Invoke-WebRequest -UseBasicParsing -Uri "$from/checksums.txt" -OutFile $checksums
        $expected = Get-Content $checksums |
            ForEach-Object { , ($_ -split '\s+', 2) } |
            Where-Object { $_.Count -eq 2 -and $_[1].TrimStart('*') -eq $file } |
            ForEach-Object { $_[0] }
        if (-not $expected) {
            throw "install k3v: $from/checksums.txt has no sum of $file"
        }
        Invoke-WebRequest -UseBasicParsing -Uri "$from/$file" -OutFile $downloaded
        $found = (Get-FileHash -Algorithm SHA256 -Path $downloaded).Hash
        if ($found -ne $expected) {
            throw "install k3v: $from/$file is not what was released: its SHA-256 is $found, not $expected; nothing was installed"
        }
        $version = & $downloaded version
        if ($LASTEXITCODE -ne 0) {
            throw 'install k3v: the downloaded k3v does not run on this machine; nothing was installed'
        }
        Move-Item -Force -Path $downloaded -Destination (Join-Path $folder 'k3v.exe')
        # The same file under the name that users of K3K know.
        New-Item -Force -ItemType HardLink -Path (Join-Path $folder 'k3k.exe') -Target (Join-Path $folder 'k3v.exe') | Out-Null
        Write-Host "Installed $version in $(Join-Path $folder 'k3v.exe')"
        if (-not (($env:PATH -split ';') -contains $folder)) {
            Write-Host "Add $folder to your PATH."
        }
    } finally {
        Remove-Item -Recurse -Force -Path $work
    }
}

Install-K3v
