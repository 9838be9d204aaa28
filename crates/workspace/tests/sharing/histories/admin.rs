//! What an admin does in a history, in the file and in the plain list.

use domain::{Role, UnixMs};
use policy::{Action, Grant};
use workspace::{Given, Group, Limits, Subject, WorkspaceError};

use super::model::Raise;
use super::office::Office;
use super::steps::{Caps, DESKS, PEOPLE, amount, group};

impl Office {
    fn admin_may(&self, action: Action) -> Grant {
        self.people[0].may_here(action)
    }

    pub(super) async fn limit(&mut self, caps: Caps) {
        let limits = Limits {
            limits: caps.caps.iter().map(|cap| self.signed(cap)).collect(),
            block_unpriced: caps.block_unpriced,
            time_zone: caps.zone.map(str::to_owned),
            warn_at: vec![50, 90],
        };
        let grant = self.admin_may(Action::BudgetSet);
        self.desk(0).set_limits(&grant, limits, self.now()).await.unwrap();
        self.model.caps = caps;
    }

    pub(super) async fn group(&mut self, number: usize, members: [bool; PEOPLE]) {
        let within = self.people.iter().zip(members).filter(|(_, within)| *within);
        let members_of = within.map(|(one, _)| one.profile).collect();
        let group =
            Group { id: group(number), name: format!("Group {number}"), members: members_of };
        let grant = self.admin_may(Action::GroupManage);
        self.desk(0).save_group(&grant, group, self.now()).await.unwrap();
        self.model.groups[number] = members;
    }

    pub(super) async fn assign(&mut self, who: usize, role: Role) {
        let person = &self.people[who];
        let grant = self.people[0].may_about(Action::RoleAssign, person);
        self.desk(0).assign_role(&grant, person.profile, role, self.now()).await.unwrap();
        self.model.roles[who] = role;
        // Their grants are in the new role from now on.
        for desk in (0..DESKS.len()).filter(|desk| DESKS[*desk] == who) {
            self.desk(desk).look_again().await.unwrap();
        }
    }

    pub(super) async fn raise(&mut self, who: usize, like: usize, calls: u64, lasts: i64) {
        let caps = &self.model.caps.caps;
        let measure = caps[like % caps.len()].measure;
        let (extra, until) = (amount(measure, calls), self.wall + lasts);
        let desk = self.desk(DESKS.iter().position(|one| *one == who).unwrap());
        let grant = self.people[who].may_about(Action::RequestMake, &self.people[who]);
        let subject = Subject::More { measure, amount: extra };
        let id = desk.make_request(&grant, subject, String::new(), self.now()).await.unwrap();
        let given = Some(Given { until: UnixMs(until), amount: Some(extra) });
        let grant = self.admin_may(Action::RequestDecide);
        self.desk(0).decide_request(&grant, id, given, self.now()).await.unwrap();
        self.leave_out_what_is_over();
        self.model.raises.push(Raise { id, who, measure, extra, until });
    }

    pub(super) async fn take_back(&mut self, which: usize) {
        let count = self.model.raises.len();
        if count == 0 {
            return;
        }
        let Raise { id, until, .. } = self.model.raises[which % count];
        let grant = self.admin_may(Action::RequestDecide);
        let taken = self.desk(0).take_back(&grant, id, self.now()).await;
        if until <= self.wall {
            assert!(matches!(taken, Err(WorkspaceError::NotFound)), "it is over: {taken:?}");
            return;
        }
        taken.unwrap();
        self.model.raises.retain(|one| one.id != id);
        self.leave_out_what_is_over();
    }

    /// By the admin's clock, each time that something is given or taken back.
    fn leave_out_what_is_over(&mut self) {
        let wall = self.wall;
        self.model.raises.retain(|one| one.until > wall);
    }

    pub(super) async fn new_key(&mut self) {
        let grant = self.people[0].may_about(Action::ProfileDisable, &self.guest);
        for disabled in [true, false] {
            let (who, now) = (self.guest.profile, self.now());
            self.desk(0).set_disabled(&grant, who, disabled, now).await.unwrap();
        }
    }
}
