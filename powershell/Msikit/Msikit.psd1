@{
    RootModule        = 'Msikit.psm1'
    ModuleVersion     = '0.1.0'
    GUID              = '5b0f6a0e-8a33-4d3c-9c55-6a2f7c1d0e41'
    Author            = 'The msikit authors'
    Copyright         = 'The msikit authors. MIT OR Apache-2.0.'
    Description       = 'Sees, waits for and queues at Windows Installer''s _MSIExecute: calls msikit.exe and returns objects.'
    PowerShellVersion = '5.1'
    FunctionsToExport = @('Get-MsiStatus', 'Wait-Msi', 'Invoke-MsiExec')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
    PrivateData       = @{
        PSData = @{
            Tags       = @('msi', 'msiexec', 'WindowsInstaller', '1618')
            ProjectUri = 'https://github.com/msikit/msikit'
        }
    }
}
