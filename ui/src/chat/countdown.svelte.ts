/** Seconds until a moment; counts only while something shows them. */
export class Countdown {
  seconds = $state(0);

  /** Counts down to a moment; hands back the way to end it. */
  until(moment: number | null): () => void {
    const look = () => {
      this.seconds = moment === null ? 0 : Math.max(0, Math.ceil((moment - Date.now()) / 1000));
    };
    look();
    if (this.seconds === 0) return () => undefined;
    const timer = setInterval(() => {
      look();
      if (this.seconds === 0) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }
}
