// Runs before the page is painted: styles may ask whether scripts run.
document.documentElement.classList.add("js");
