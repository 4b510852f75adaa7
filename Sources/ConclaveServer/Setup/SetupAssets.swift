extension SetupPage {
    /// The script of the page.
    static let script = """
        // Takes the one-time token from the address, then makes the first administrator.
        class SetupForm {
          #form; #message; #token;

          constructor(form) {
            this.#form = form;
            this.#message = document.getElementById("message");
            this.#token = location.hash.slice(1);
            history.replaceState(null, "", location.pathname);
            if (!this.#token) this.#say(form.dataset.badLink);
            form.addEventListener("submit", (event) => {
              event.preventDefault();
              this.#send();
            });
          }

          async #send() {
            const [name, password, again] = ["name", "password", "again"].map((id) => document.getElementById(id).value);
            if (!this.#token) return this.#say(this.#form.dataset.badLink);
            if (password !== again) return this.#say(this.#form.dataset.differs);
            const button = this.#form.querySelector("button");
            button.disabled = true;
            try {
              const answer = await fetch("/_conclave/setup", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ token: this.#token, username: name, password }),
              });
              const body = await answer.json();
              if (!answer.ok) {
                const words = this.#form.dataset;
                return this.#say(words[body.errcode?.toLowerCase()] ?? body.error ?? words.failed);
              }
              this.#succeed(body);
            } catch {
              this.#say(this.#form.dataset.failed);
            } finally {
              button.disabled = false;
            }
          }

          #say(text) {
            this.#message.textContent = text;
          }

          #succeed(body) {
            document.getElementById("user").textContent = body.user_id;
            document.getElementById("address").textContent = body.homeserver;
            this.#form.remove();
            const section = document.getElementById("success");
            section.hidden = false;
            section.focus();
          }
        }

        const form = document.getElementById("setup");
        if (form) new SetupForm(form);

        """

    /// The style of the page.
    static let style = """
        :root {
          color-scheme: light dark;
          --ink: #1c2430; --paper: #fbfbfa; --line: #c4cad4; --accent: #1f5f8b; --bad: #a02020; --space: 1rem;
        }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e8ec; --paper: #14181f; --line: #465064; --accent: #7db7de; --bad: #ff9c9c; }
        }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 28rem; margin: 10vh auto; padding: 0 var(--space); }
        h1 { font-size: 1.4rem; }
        form { display: grid; gap: calc(var(--space) / 3); }
        label { margin-top: var(--space); font-weight: 600; }
        input { flex: 1; min-width: 0; padding: 0.6rem; border: 1px solid var(--line); border-radius: 0.4rem; font: inherit;
          color: inherit; background: transparent; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .name { display: flex; align-items: center; gap: 0.3rem; }
        small { opacity: 0.8; }
        button { margin-top: var(--space); padding: 0.7rem; border: 0; border-radius: 0.4rem; font: inherit; font-weight: 600;
          background: var(--accent); color: var(--paper); cursor: pointer; }
        button:disabled { opacity: 0.5; }
        #message, .bad { color: var(--bad); min-height: 1.5rem; margin: 0; }

        """
}
