//! Examples for `--help`, one text for each verb. A test reads every line that begins with `msikit` as the program would.

/// The words of a verb, and its examples; "" is the program itself.
pub const EXAMPLES: &[(&str, &str)] = &[
    (
        "",
        r"
  # what would it do? then do it, with a log
  msikit plan tools.msi
  msikit install tools.msi --log tools.log
  # what is installed, and away with it
  msikit list
  msikit remove 'Contoso Tools'
  # is somebody else installing? who?
  msikit status
  # another machine: a directory, or a Wine prefix
  msikit --machine /srv/image install tools.msi
",
    ),
    (
        "install",
        r"
  # as its author wants it
  msikit install tools.msi
  # to another folder of the machine; some features, nothing shown, with a log
  msikit install tools.msi 'INSTALLDIR=C:\Tools'
  msikit install tools.msi --features Main,Help --ui none --log tools.log
  # several packages in order; the first that fails ends it
  msikit install runtime.msi tools.msi
  # with a transform; with Windows' own properties
  msikit install tools.msi --transform german.mst ADDLOCAL=ALL ALLUSERS=1
  # wait for others as long as it takes; or not at all (1618)
  msikit install tools.msi --wait
  msikit install tools.msi --no-wait
  # for programs: what came of it, as JSON
  msikit install tools.msi --json
  # what would be done?
  msikit install tools.msi --dry-run
",
    ),
    (
        "remove",
        r"
  # by name, by product code, or by the package
  msikit remove 'Contoso Tools'
  msikit remove '{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}'
  msikit remove tools.msi
  # only some features
  msikit remove 'Contoso Tools' --features Help
",
    ),
    (
        "repair",
        r"
  # what is missing or older, shortcuts and the registry
  msikit repair 'Contoso Tools'
  # all files, whatever their versions; and the package is cached anew
  msikit repair tools.msi --mode amusv
",
    ),
    (
        "plan",
        r"
  # what an install would do, with the same options
  msikit plan tools.msi ADDLOCAL=ALL
  # what a removal or a repair would do
  msikit plan 'Contoso Tools' --remove
  msikit plan 'Contoso Tools' --repair
  # for programs
  msikit plan tools.msi --json
  # its part of the registry; the files that would come, with their hashes
  msikit plan tools.msi --reg tools.reg --sbom tools.cdx.json
",
    ),
    (
        "list",
        r"
  msikit list
  # the product codes alone
  msikit list --json | jq -r '.[].product_code'
",
    ),
    (
        "show",
        r"
  msikit show 'Contoso Tools'
  # are its files, shortcuts and registry values as the package has them?
  msikit show 'Contoso Tools' --verify
",
    ),
    (
        "status",
        r#"
  # exit status: 0 free, 82 held (1618), 68 suspended (1604), 65 unknown (1601)
  msikit status
  msikit status --json | jq -r '.holder.product_name'
  # what it does, until it has ended
  msikit status --follow
"#,
    ),
    (
        "wait",
        r"
  # until nobody installs; at most five minutes (then 1618)
  msikit wait
  msikit wait 5m
  # better: wait and install in one, so that nobody comes between
  $ msikit install tools.msi --wait=5m
",
    ),
    (
        "run",
        r"
  # no install can begin while it runs
  msikit run -- make image
  # at most a minute's wait for whoever installs now
  msikit run --wait=1m -- wine setup.exe /S
",
    ),
    (
        "recover",
        r"
  # after a kill or a power loss; the next install does it too
  msikit recover
  # an install that ended with 1604: go on, as after the restart, or undo it
  msikit recover --resume
  $ msikit recover --undo-suspended
",
    ),
    (
        "events",
        r"
  msikit events
  # what went wrong in the last hour
  msikit events --level error --since 1h
  # of one product; as they come; as Windows' event log has them
  msikit events --product 'Contoso Tools'
  msikit events --follow
  msikit events --xml > events.xml
",
    ),
    (
        "machine",
        r"
  msikit machine init
  msikit machine reg query 'HKLM\Software\Contoso'
",
    ),
    (
        "machine init",
        r"
  # in the user's own place, or in a folder
  msikit machine init
  msikit machine init --machine /srv/image --user alice --arch x86
",
    ),
    (
        "machine show",
        r"
  msikit machine show
",
    ),
    (
        "machine reg",
        r"
  msikit machine reg query 'HKLM\Software\Contoso'
",
    ),
    (
        "machine reg query",
        r"
  msikit machine reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion'
  msikit machine reg query 'HKCU\Software\Contoso' --value Colour
",
    ),
    (
        "machine reg export",
        r"
  msikit machine reg export 'HKLM\Software\Contoso'
",
    ),
    (
        "machine snapshot",
        r"
  # before and after
  msikit machine snapshot > before.txt
  $ msikit install tools.msi
  $ msikit machine diff before.txt
  # the whole machine as a layer of an image, the same bytes each time
  msikit machine snapshot --tar base.tar --tar-root opt/wine --tar-owner 1000
",
    ),
    (
        "machine diff",
        r"
  # what is different now; two snapshots
  msikit machine diff before.txt
  msikit machine diff before.txt after.txt
  # what is different since a snapshot, as a layer, and as a .reg file
  msikit machine diff base.tar --tar tools.tar --reg tools.reg
",
    ),
    (
        "new",
        r"
  msikit new tools --name Tools --manufacturer Contoso
  msikit db build tools -o tools.msi
",
    ),
    (
        "db",
        r#"
  msikit db info tools.msi
  msikit db query tools.msi "SELECT `File`, `FileName` FROM `File`"
"#,
    ),
    (
        "db info",
        r"
  # name, codes, media, the properties that a user may set, lines to paste
  msikit db info tools.msi
  msikit db info tools.msi --json | jq -r .product_code
  # what a patch is for, and what becomes of a package with patches
  msikit db info fix.msp
  msikit db info tools.msi --patch fix.msp,pack.msp
",
    ),
    (
        "db tables",
        r"
  msikit db tables tools.msi
",
    ),
    (
        "db streams",
        r"
  msikit db streams tools.msi
",
    ),
    (
        "db query",
        r#"
  msikit db query tools.msi "SELECT * FROM `Property`"
  # values are given apart
  msikit db query tools.msi "SELECT * FROM `Media` WHERE `DiskId` = ?" --param 1
  # change it
  msikit db query tools.msi --write "DELETE FROM `Icon`"
"#,
    ),
    (
        "db export",
        r"
  # all of it; two tables
  msikit db export tools.msi -o tools
  msikit db export tools.msi -o tools Property File
",
    ),
    (
        "db import",
        r"
  msikit db import tools.msi tools/Property.idt tools/File.idt
",
    ),
    (
        "db build",
        r"
  # a folder with a package.toml, one that `db export` wrote, or an author's
  msikit db build tools -o tools.msi
",
    ),
    (
        "db diff",
        r"
  # the exit status is 1 where anything is different
  msikit db diff tools-1.0.msi tools-1.1.msi
  # what a patch changes
  msikit db diff tools.msi --patch fix.msp
",
    ),
    (
        "db transform",
        r"
  # the transform that makes the one of the other
  msikit db transform tools.msi tools-german.msi -o german.mst
  # the package that a transform makes
  msikit db transform tools.msi --apply german.mst -o tools-german.msi
  # what it would change
  msikit db transform tools.msi --apply german.mst --view
",
    ),
    (
        "db merge",
        r"
  # what may be set, then the merge: whole, or not at all
  msikit db info module.msm
  msikit db merge module.msm tools.msi --feature Main --directory INSTALLDIR
  msikit db merge module.msm tools.msi -o out.msi --feature Main --config A=red
",
    ),
    (
        "db validate",
        r"
  msikit db validate tools.msi
  # two rules alone; all but one; what code hosts show
  msikit db validate tools.msi --rule 3,ICE30
  msikit db validate tools.msi --skip ICE43 --level error
  msikit db validate tools.msi --sarif tools.sarif
",
    ),
    (
        "db extract",
        r"
  msikit db extract tools.msi files
",
    ),
    (
        "extract",
        r"
  # to a folder with the package's name, or another one
  msikit extract tools.msi
  msikit extract tools.msi files
  # and what the package writes to the registry
  msikit extract tools.msi files --reg tools.reg
",
    ),
    (
        "msiexec",
        r"
  msikit msiexec /i tools.msi /qn /l*v tools.log ADDLOCAL=ALL
  msikit msiexec /x '{6B3A1F0E-4C52-4B7D-9E0A-2D1C5F8A7E31}' /qn
  # all of its options
  msikit msiexec /?
",
    ),
    (
        "admin",
        r"
  # in a folder of this computer; in one of the machine
  msikit admin tools.msi TARGETDIR=/srv/images/tools
  msikit admin tools.msi 'TARGETDIR=C:\Images\Tools'
  # installs come from it
  $ msikit install /srv/images/tools/tools.msi
",
    ),
    (
        "advertise",
        r"
  # to all users of the machine; to this one
  msikit advertise tools.msi
  msikit advertise tools.msi --user
  # in German; a second instance
  msikit advertise tools.msi --language 1031
  msikit advertise tools.msi --new-instance --transform :second.mst
",
    ),
    (
        "patch",
        r"
  msikit patch update.msp
",
    ),
    (
        "inspect",
        r"
  msikit inspect tools.msi
  # scripts and hashes too; for a code host; a bill of materials
  msikit inspect tools.msi --scripts --hashes
  msikit inspect tools.msi --sarif tools.sarif --sbom tools.cdx.json
",
    ),
    (
        "check",
        r"
  msikit check tools.msi
",
    ),
    (
        "report",
        r"
  # tools.msi.report.html; what it would do is told for a new machine
  msikit report tools.msi
  # what changed since the last one; for the machine as it is
  msikit report tools.msi --against tools-1.1.msi -o tools.html
  msikit report tools.msi --machine /srv/machine
",
    ),
    (
        "service run",
        r"
  # for the users of one machine; it ends when nobody needs it
  msikit service run --machine /srv/machine
  msikit service run --idle-exit forever
",
    ),
    (
        "service query",
        r"
  # is an install in progress? as QueryServiceStatusEx tells it
  msikit service query --json | jq .installing
",
    ),
    (
        "service stop",
        r"
  msikit service stop
",
    ),
    (
        "service install-units",
        r"
  # systemd starts the service when it is asked for the first time
  msikit service install-units --machine /srv/machine
  $ systemctl enable --now msikit@srv-machine.socket
",
    ),
    (
        "completions",
        r"
  # now; for good
  $ source <(msikit completions bash)
  msikit completions bash > ~/.local/share/bash-completion/completions/msikit
  msikit completions zsh > ~/.zfunc/_msikit
  msikit completions fish > ~/.config/fish/completions/msikit.fish
",
    ),
    (
        "man",
        r"
  msikit man | man -l -
  msikit man -o ~/.local/share/man/man1
",
    ),
];
