# A thin skin over msikit.exe: each command calls it with --json and returns what it says as objects.

Set-StrictMode -Version 3.0

function Get-MsikitPath {
    # The program beside the module, else $env:MSIKIT, else the one on PATH.
    [CmdletBinding()]
    [OutputType([string])]
    param()

    $beside = Join-Path -Path $PSScriptRoot -ChildPath 'msikit.exe'
    if (Test-Path -LiteralPath $beside -PathType Leaf) {
        return $beside
    }
    if ($env:MSIKIT) {
        return $env:MSIKIT
    }
    $found = Get-Command -Name 'msikit.exe' -CommandType Application -ErrorAction SilentlyContinue |
        Select-Object -First 1
    if ($null -eq $found) {
        throw 'msikit.exe was not found: put it beside the module, on PATH, or name it in $env:MSIKIT.'
    }
    return $found.Source
}

function ConvertTo-NativeWord {
    # Quotes one word of a command line as the C run-time reads it.
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string] $Word
    )

    if ($Word -ne '' -and $Word -notmatch '[\s"]') {
        return $Word
    }
    $escaped = $Word -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1'
    return '"' + $escaped + '"'
}

function Invoke-Msikit {
    # Runs msikit.exe and returns its code and both of its texts.
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory)]
        [string] $CommandLine
    )

    $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo
    $start.FileName = Get-MsikitPath
    $start.Arguments = $CommandLine
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [System.Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [System.Text.Encoding]::UTF8
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        # Both are read at once: a full pipe would stop the program.
        $failed = $process.StandardError.ReadToEndAsync()
        $told = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        return [pscustomobject]@{
            ExitCode = $process.ExitCode
            Output   = $told
            Error    = $failed.GetAwaiter().GetResult()
        }
    }
    finally {
        $process.Dispose()
    }
}

function ConvertTo-WaitOption {
    # --wait, --wait=90s, or --no-wait.
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Nullable[timespan]] $Timeout,
        [switch] $NoWait
    )

    if ($NoWait) {
        return '--no-wait'
    }
    if ($null -eq $Timeout) {
        return '--wait'
    }
    return '--wait={0}s' -f [long][math]::Ceiling($Timeout.TotalSeconds)
}

function Get-MsiStatus {
    <#
    .SYNOPSIS
    Says whether a Windows Installer installation is in progress, and which.

    .DESCRIPTION
    Asks _MSIExecute without taking it. State is free, held, suspended or unknown; unknown is never free. Where an installation
    is in progress, candidates lists those that probably do it, each with the processes that started it.

    .EXAMPLE
    Get-MsiStatus

    .EXAMPLE
    if ((Get-MsiStatus).busy) { 'later' }

    .OUTPUTS
    An object with state, busy, source, reason, holder, candidates, waiting, suspended, reboot_pending and service.
    #>
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param()

    $told = Invoke-Msikit -CommandLine 'status --json'
    if ([string]::IsNullOrWhiteSpace($told.Output)) {
        throw $told.Error.Trim()
    }
    return $told.Output | ConvertFrom-Json
}

function Wait-Msi {
    <#
    .SYNOPSIS
    Waits until no installation is in progress.

    .DESCRIPTION
    The answer is stale once it is used: another installation may begin. To install, use Invoke-MsiExec, which waits and tries
    again.

    .PARAMETER Timeout
    The longest time to wait. Default: for ever.

    .EXAMPLE
    Wait-Msi -Timeout (New-TimeSpan -Minutes 10)

    .OUTPUTS
    True where no installation is in progress, False where the time was over.
    #>
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Nullable[timespan]] $Timeout
    )

    $words = 'wait --json'
    if ($null -ne $Timeout) {
        $words = 'wait {0}s --json' -f [long][math]::Ceiling($Timeout.TotalSeconds)
    }
    $told = Invoke-Msikit -CommandLine $words
    switch ($told.ExitCode) {
        0 { return $true }
        1618 { return $false }
        default { throw $told.Error.Trim() }
    }
}

function Invoke-MsiExec {
    <#
    .SYNOPSIS
    Runs msiexec in its turn, again where it was refused with 1618, and returns its code.

    .DESCRIPTION
    Queues with every other msikit of this computer, starts msiexec when no installation is in progress, and starts it again
    where another installer came in between, until the time is over. Only then the code is 1618.

    .PARAMETER ArgumentList
    msiexec's words. Quote the value of a property, not the whole word: DIR="C:\My Tools".

    .PARAMETER Timeout
    The longest time to wait. Default: for ever.

    .PARAMETER NoWait
    Does not wait: 1618 at once where an installation is in progress or others are before this one.

    .EXAMPLE
    Invoke-MsiExec -ArgumentList '/i', 'C:\Packages\tool.msi', '/qn' -Timeout (New-TimeSpan -Minutes 30)

    .EXAMPLE
    $done = Invoke-MsiExec '/x', '{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}', '/qn'
    exit $done.ExitCode

    .OUTPUTS
    An object with ExitCode, Success, RestartRequired, Origin, Attempts and WaitedMilliseconds.
    #>
    [CmdletBinding(SupportsShouldProcess)]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string[]] $ArgumentList,

        [Nullable[timespan]] $Timeout,

        [switch] $NoWait
    )

    $words = foreach ($word in $ArgumentList) {
        # A property whose value is quoted already is msiexec's own way of writing it.
        if ($word -match '^[A-Za-z_][\w.]*=".*"$') { $word }
        elseif ($word -match '^([A-Za-z_][\w.]*)=(.*\s.*)$') { '{0}="{1}"' -f $Matches[1], ($Matches[2] -replace '"', '""') }
        else { ConvertTo-NativeWord -Word $word }
    }
    $line = $words -join ' '
    if (-not $PSCmdlet.ShouldProcess($line, 'msiexec')) {
        return
    }
    $wait = ConvertTo-WaitOption -Timeout $Timeout -NoWait:$NoWait
    $told = Invoke-Msikit -CommandLine "run $wait --json -- msiexec $line"
    $json = $told.Error -split "`r?`n" | Where-Object -FilterScript { $_.StartsWith('{') } | Select-Object -Last 1
    $run = $null
    if ($json) {
        $run = $json | ConvertFrom-Json
    }
    elseif ($told.Error) {
        Write-Warning -Message $told.Error.Trim()
    }
    return [pscustomobject]@{
        ExitCode           = $told.ExitCode
        Success            = $told.ExitCode -in 0, 1641, 3010
        RestartRequired    = $told.ExitCode -in 1641, 3010
        Origin             = if ($run) { $run.origin } else { 'gate' }
        Attempts           = if ($run) { $run.attempts } else { 0 }
        WaitedMilliseconds = if ($run) { $run.waited_ms } else { 0 }
    }
}

Export-ModuleMember -Function 'Get-MsiStatus', 'Wait-Msi', 'Invoke-MsiExec'
