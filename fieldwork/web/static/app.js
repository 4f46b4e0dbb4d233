import * as govuk from "./govuk/govuk-frontend.min.js";

document.body.classList.add("govuk-frontend-supported");

govuk.createAll(govuk.Button);
govuk.createAll(govuk.Checkboxes);
govuk.createAll(govuk.ErrorSummary);
govuk.createAll(govuk.ExitThisPage);
govuk.createAll(govuk.FileUpload);
govuk.createAll(govuk.NotificationBanner);
govuk.createAll(govuk.Radios);
govuk.createAll(govuk.ServiceNavigation);
govuk.createAll(govuk.SkipLink);
govuk.createAll(govuk.Tabs);
