//! What is left of earlier installations: undone, tidied, or gone on with.
//!
//! Follows: Microsoft, "System Reboots"; what was interrupted is undone by whoever comes next.

use gate::Wait;
use sequence::{CustomActions, UiLevel, registration};

use crate::install::Installer;
use crate::package::is_machine_path;
use crate::real::{Found, Real, take};
use crate::suspension::{Record, Suspension};
use crate::wineserver::{remaining, wait_for_wineserver};
use crate::world::{Site, World};
use crate::{Command, Error, Log, Report, Ui, code};

/// How an installation is gone on with after a restart.
#[derive(Clone, Debug)]
pub struct Resumption {
    /// Hidden properties, which were not kept; and REBOOT or REBOOTPROMPT, where they are to be others.
    pub properties: Vec<(String, String)>,
    /// How much is shown.
    pub ui_level: UiLevel,
    /// What happens to custom actions that run Windows code.
    pub custom_actions: CustomActions,
    /// How long to wait for other installations.
    pub wait: Wait,
}

impl Installer<'_> {
    /// Takes the gate and undoes or tidies what interrupted transactions left. To undo it waits for a wineserver, too.
    ///
    /// Errors: the gate's; [`Error::Wineserver`]; the journal's.
    pub fn recover(
        &mut self,
        wait: Wait,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Vec<Found>, Error> {
        self.recover_with(wait, ui, log, false)
    }

    /// The same, and undoes the installation that waits for a restart.
    ///
    /// Errors: as [`Installer::recover`].
    pub fn undo_suspended(
        &mut self,
        wait: Wait,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Vec<Found>, Error> {
        self.recover_with(wait, ui, log, true)
    }

    /// Goes on with the installation that waits for a restart; returns its command and what came of it. None: none waits. `given` has what the command line
    /// says besides: hidden properties, once more.
    ///
    /// Errors: the machine cannot be read; 1612 where the package is not there any more.
    pub fn resume(
        &mut self,
        given: Resumption,
        ui: &mut dyn Ui,
        log: &mut Log,
    ) -> Result<Option<(Command, Report)>, Error> {
        let Some(waiting) = script::suspended(self.machine.as_machine())? else {
            return Ok(None);
        };
        let record = Suspension::read(waiting)?.record;
        let target = target(&record, self.machine.as_site())?;
        let mut properties = record.properties;
        properties.extend(given.properties);
        let command = Command {
            intent: record.intent,
            target,
            properties,
            ui_level: given.ui_level,
            custom_actions: given.custom_actions,
            wait: given.wait,
        };
        let report = self.run(&command, ui, log);
        Ok(Some((command, report)))
    }

    fn recover_with(
        &mut self,
        wait: Wait,
        ui: &mut dyn Ui,
        log: &mut Log,
        undo: bool,
    ) -> Result<Vec<Found>, Error> {
        let who = gate::Taker {
            command: "recover".to_owned(),
            user: Some(self.host.user.clone()),
            parent: self.host.parent_hold(),
            ..gate::Taker::default()
        };
        let begun = (self.host.now)();
        let hold = match &self.gate {
            Some(gate) => Some(take(gate, &who, wait, &self.cancel, log, ui)?),
            None => None,
        };
        let waits = undo && self.machine.read_suspended_journal()?.is_some();
        if waits || self.machine.read_journal()?.is_some() {
            let left = remaining(wait, self.host.since(begun));
            wait_for_wineserver(&*self.machine, left, self.host, &self.cancel, ui, log)?;
        }
        let mut world = Real {
            machine: self.machine,
            gate: None,
            events: self.events.clone(),
            host: self.host,
            cancel: &self.cancel,
            wait,
            hold,
            journal: None,
            table: None,
        };
        let found = world.recover(log).and_then(|mut found| {
            if undo {
                found.extend(world.undo_waiting(log)?);
            }
            Ok(found)
        });
        world.leave(log);
        found
    }
}

/// The package to go on with: where it was, or the copy of a product that is registered by now.
fn target(record: &Record, site: &dyn Site) -> Result<String, Error> {
    let target = &record.target;
    if is_machine_path(target) || std::path::Path::new(target).exists() {
        return Ok(target.clone());
    }
    let known = registration::find(site.as_view(), &record.product_code)?;
    let is_copied = known.is_some_and(|product| product.local_package.is_some());
    if is_copied {
        return Ok(record.product_code.clone());
    }
    Err(Error::Failed {
        code: code::SOURCE_ABSENT,
        message: format!(
            "{target} is not there any more, and {} {} waits for a restart: put it back, or undo what was done with `msikit recover --undo-suspended`",
            record.product_name, record.version
        ),
    })
}
