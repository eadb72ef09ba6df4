//! Settings of the page with the computational diagram. Its layer is that of the page about the convolution.

use super::text::{choice, name, settings};

/// The layer whose operations and bytes are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workload {
    /// 3 × 3, 256 → 256 channels, 14 × 14: in the middle of a ResNet.
    #[default]
    Residual,
    /// 3 × 3 depthwise, 512 channels, 14 × 14: in the middle of a MobileNet.
    Depthwise,
    /// 4096 → 4096, one sample: AlexNet's and VGG's second last layer.
    Connected,
    /// The small convolution of the diagram.
    Shown,
}

/// Settings of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// Whose cost is counted.
    pub workload: Workload,
}

const WORKLOADS: [(Workload, &str); 4] = [
    (Workload::Residual, "conv3x3-256"),
    (Workload::Depthwise, "depthwise-512"),
    (Workload::Connected, "fc-4096"),
    (Workload::Shown, "shown"),
];

impl Diagram {
    /// The settings as text.
    pub fn text(&self) -> String {
        format!("diagram:layer={}", name(&self.workload, &WORKLOADS))
    }

    /// Takes a text; what it does not name is at its default.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parsed = Self::default();
        for (key, value) in settings("diagram", text)? {
            match key {
                "layer" => parsed.workload = choice(key, value, &WORKLOADS)?,
                _ => return Err(format!("diagram has no setting {key}")),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_reads_back() {
        for (_, name) in WORKLOADS {
            let text = format!("diagram:layer={name}");
            assert_eq!(Diagram::parse(&text).unwrap().text(), text);
        }
        assert!(Diagram::parse("diagram:layer=x").unwrap_err().contains("fc-4096"));
        assert!(Diagram::parse("diagram:bits=8").unwrap_err().contains("no setting"));
    }
}
