//! Pictures of the window, and what axe-core says about what it shows.

use serde_json::{Value, json};

use super::{Desktop, root, target_dir};

impl Desktop {
    /// Saves a picture of the window below `target/screens/`, once what is on
    /// the page has been painted and nothing moves any more.
    pub async fn picture(&self, name: &str) {
        let script = "const done = arguments[arguments.length - 1];
            const painted = () => new Promise((next) =>
                requestAnimationFrame(() => requestAnimationFrame(next)));
            const moving = () => document.getAnimations()
                .filter((each) => each.effect?.getTiming().iterations !== Infinity);
            painted().then(() => Promise.allSettled(moving().map((each) => each.finished)))
                .then(painted).then(() => done(true));";
        self.client.execute_async(script, vec![]).await.expect("the window paints");
        let folder = target_dir().join("screens");
        std::fs::create_dir_all(&folder).expect("target is writable");
        let png = self.client.screenshot().await.expect("the window can be pictured");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("target is writable");
    }

    /// What axe-core finds on the current screen by all of its rules, as `rule: element` lines.
    pub async fn accessibility_findings(&self) -> Vec<String> {
        self.findings(json!({ "resultTypes": ["violations"] })).await
    }

    async fn findings(&self, options: Value) -> Vec<String> {
        let known = self.client.execute("return typeof axe === 'object'", vec![]).await;
        if !matches!(known, Ok(Value::Bool(true))) {
            let axe = std::fs::read_to_string(root().join("ui/node_modules/axe-core/axe.min.js"))
                .expect("`npm ci` in ui/ installs axe-core");
            self.client.execute(&axe, vec![]).await.expect("axe-core loads");
        }
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, arguments[0])
               .then((r) => done(r.passes.length + r.violations.length === 0
                   ? ['axe-core looked at nothing'] : r.violations.flatMap((v) =>
                   v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.failureSummary}`))),
                 (e) => done([`axe failed: ${e}`]))";
        let found = self.client.execute_async(script, vec![options]).await.expect("axe-core runs");
        serde_json::from_value(found).expect("a list of sentences")
    }

    /// Pictures the screen in light and dark and fails where axe-core finds something. The dark
    /// screen is the light one in other colours, so there only those are looked at again.
    pub async fn clean(&self, name: &str) {
        let all = json!({ "resultTypes": ["violations"] });
        let colours = json!({ "resultTypes": ["violations"], "runOnly": ["color-contrast"] });
        for (theme, rules) in [("light", all), ("dark", colours)] {
            let script = "const root = document.documentElement;
                if (root.dataset.before === undefined) root.dataset.before = root.dataset.theme ?? '';
                root.dataset.theme = arguments[0];";
            self.client.execute(script, vec![json!(theme)]).await.expect("the theme changes");
            self.picture(&format!("{name}-{theme}")).await;
            let findings = self.findings(rules).await;
            assert!(findings.is_empty(), "{name} in {theme}: {}", findings.join("\n"));
        }
        let restore = "const root = document.documentElement;
            if (root.dataset.before === '') delete root.dataset.theme;
            else root.dataset.theme = root.dataset.before;
            delete root.dataset.before;";
        self.client.execute(restore, vec![]).await.expect("the theme changes back");
    }
}
